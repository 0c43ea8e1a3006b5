import { sql } from 'drizzle-orm';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { createBuiltInSources } from '../../src/flow/collect/sources.ts';
import { choosePeople } from '../../src/flow/segment/choices.ts';
import { createList } from '../../src/flow/segment/lists.ts';
import { pinPerson } from '../../src/flow/segment/pins.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createCampaign } from '../../src/flow/send/campaigns.ts';
import { createDefaultTopics, listTopics } from '../../src/flow/send/topics.ts';
import { createUser } from '../../src/staff/users.ts';
import { nameOf, type Route } from '../../src/web/route.ts';
import { routes } from '../../src/web/routes.ts';
import type { Business } from './business.ts';
import { AS_OF } from './refresh.ts';

export const LOGIN = { email: 'ada@example.com', password: 'a door for one benchmark' };
const RUNS = 200;
const DAYS_BACK = 60;

/** What there is to open: ids that stand in addresses. */
export type Things = { person: string; source: string; run: string; campaign: string; refresh: string };
/** A page of the product as it is asked for; `form`: sent by POST. */
export type Page = { name: string; path: string; form?: Record<string, string> };

/** Names and addresses for everyone, runs of a source, a list with examples, a draft, and somebody to sign in. */
export async function furnish(business: Business, people: number): Promise<Things> {
  const { database, workspace } = business;
  const { db } = database;
  await nameEveryone(business, people);
  await createBuiltInSources(db, workspace);
  await createDefaultTopics(db, workspace);
  const { id: userId } = await createUser(database, {
    ...LOGIN,
    name: 'Ada',
    workspaceId: workspace.id,
    role: 'admin',
  });
  const person = await findPerson(business);
  const wish = { workspaceId: workspace.id, profileId: person, segmentKey: 'own-0' };
  await pinPerson(db, { ...wish, expected: 'in', note: 'Ada buys often', userId });
  const list = await createList(db, workspace, { name: 'Bench', description: null, userId });
  await choosePeople(db, {
    workspaceId: workspace.id,
    segmentKey: list.key,
    profileIds: [person],
    choice: 'in',
    note: null,
    userId,
  });
  const { id: refresh } = await refreshWorkspace(database, workspace.id, { trigger: 'bench' });
  return { person, ...(await recordRuns(business)), campaign: await draftCampaign(business), refresh };
}

/** Every page of the site map that a person opens, once for each thing that matters; fails for one left out. */
export function listPages(things: Things): Page[] {
  const pages = routes.filter(isOpened).flatMap((route) => fill(route, things));
  return [...pages, ...listAsked(), ...listForms()];
}

/** Nobody opens these here: a download of everyone, and what takes a vendor, a file or a mail that went out. */
const LEFT_OUT = [
  '/segments/:key/members.csv',
  '/destinations/:id',
  '/destinations/new/:connector',
  '/imports/:id',
  '/messages/outbox/:id',
  '/sources/:id/mapping',
];

/** One of each kind: large and small, of events and facts, of every automatic family, by hand. */
const SEGMENTS = ['own-0', 'own-9', 'own-18', 'own-22', 'lifecycle-3plus-active', 'list-bench'];

function isOpened({ method, path, role }: Route): boolean {
  const isForPeople = ['viewer', 'marketer', 'admin', 'signed-in'].includes(role);
  return method === 'get' && isForPeople && !LEFT_OUT.some((one) => path.startsWith(one));
}

function fill(route: Route, { person, source, run, campaign, refresh }: Things): Page[] {
  const ids: Record<string, string> = { people: person, sources: source, messages: campaign, runs: refresh };
  const room = route.path.split('/')[1] ?? '';
  const path = route.path
    .replace(':id', ids[room] ?? ':id')
    .replace(':profileId', person)
    .replace(':run', run)
    .replace(':connector', 'shopify');
  const each = path.includes(':key') ? SEGMENTS.map((key) => path.replace(':key', key)) : [path];
  if (each.some((one) => one.includes(':')))
    throw new Error(`The benchmark knows nothing to put into ${nameOf(route)}.`);
  return each.map((one) => ({ name: nameOf(route), path: one }));
}

/** The same pages with something asked of them. */
function listAsked(): Page[] {
  const then = AS_OF.toISOString().slice(0, 10);
  return [
    ['people, by name', '/people?q=ada+17'],
    ['people, a common name', '/people?q=example'],
    ['people, by revenue', '/people?sort=revenue'],
    ['people, of a segment', '/people?segment=own-0'],
    ['people, without e-mail', '/people?email=no'],
    ['people, lifecycle', '/people?lifecycle=3plus-lost'],
    ['search, a person', '/search?q=ada+17'],
    ['search, a common name', '/search?q=example'],
    ['segments, searched', '/segments?q=own'],
    ['segment on a day', `/segments/own-0?asOf=${then}`],
    ['then, as published', `/segments/own-0/then?on=2026-05-01&definition=then`],
    ['then, by today’s rule', `/segments/own-0/then?on=2026-05-01&definition=today&days=90`],
    ['reports, a year', '/reports?days=365'],
    ['runs, refreshes', '/runs?kind=refresh'],
  ].map(([name, path]) => ({ name: name!, path: path! }));
}

/** The builder's count beside a rule, and what a changed rule would do. */
function listForms(): Page[] {
  const rule = {
    name: 'Bench',
    'r.mode': 'all',
    'r.least': '2',
    'r.0.kind': 'event',
    'r.0.name': 'page_viewed',
    'r.0.measure': 'count',
    'r.0.cmp': 'gte',
    'r.0.n': '4',
    'r.0.window': 'last',
    'r.0.w1': '45d',
  };
  return [
    { name: 'POST /segments/previews', path: '/segments/previews', form: rule },
    { name: 'POST /segments/:key/impact', path: '/segments/own-1/impact', form: rule },
  ];
}

async function nameEveryone({ database, workspace }: Business, people: number): Promise<void> {
  const { id } = workspace;
  const person = sql`md5(${id}::text || ':' || i)::uuid`;
  await database.db.execute(sql`
    update profile_traits t
       set name = 'Ada ' || n.i, email = 'ada' || n.i || '@example.com'
      from (select ${person} as id, i from generate_series(1, ${people}::int) as i where i % 10 > 0) n
     where t.workspace_id = ${id} and t.profile_id = n.id`);
  await database.db.execute(sql`
    insert into identifiers (workspace_id, kind, value, given, profile_id, home_id, first_seen_at, last_seen_at)
    select ${id}::uuid, k.kind, k.prefix || i || k.suffix, k.prefix || i || k.suffix, ${person}, ${person},
           ${AS_OF.toISOString()}::timestamptz, ${AS_OF.toISOString()}::timestamptz
      from generate_series(1, ${people}::int) as i,
           (values ('user_id', '', ''), ('email', 'ada', '@example.com')) as k (kind, prefix, suffix)
     where k.kind = 'user_id' or i % 10 > 0`);
  await database.db.execute(sql`
    update profiles p set last_seen_at = e.at
      from (select profile_id, max(occurred_at) as at from events where workspace_id = ${id} group by profile_id) e
     where p.workspace_id = ${id} and p.id = e.profile_id`);
}

async function findPerson({ database, workspace }: Business): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(
    database.db,
    // Addresses of people take ids of the standard; those made from numbers are so by chance.
    sql`select profile_id as id from facts
         where workspace_id = ${workspace.id} and orders >= 2
           and profile_id::text ~ '^.{14}[1-8].{4}[89ab]'
         order by profile_id limit 1`,
  );
  return row!.id;
}

async function recordRuns({ database, workspace }: Business): Promise<{ source: string; run: string }> {
  const [source] = await rowsOf<{ id: string }>(
    database.db,
    sql`select id from sources where workspace_id = ${workspace.id} and key = 'shop'`,
  );
  const run = newId();
  await database.db.execute(sql`
    insert into sync_runs (workspace_id, id, source_id, trigger, status, read, new, started_at, heartbeat_at, finished_at)
    select ${workspace.id}::uuid, case i when 1 then ${run}::uuid else gen_random_uuid() end, ${source!.id}::uuid,
           'schedule', 'succeeded', 500, 500, t.at, t.at, t.at + interval '1 minute'
      from generate_series(1, ${RUNS}::int) as i,
           lateral (select ${AS_OF.toISOString()}::timestamptz - make_interval(hours => i) as at) t`);
  await database.db.execute(sql`
    insert into segment_sizes (workspace_id, segment_key, as_of, size, entered, "left")
    select s.workspace_id, s.key, ${AS_OF.toISOString()}::timestamptz - make_interval(days => d), coalesce(s.size, 0), 5, 5
      from segments s, generate_series(1, ${DAYS_BACK}::int) as d
     where s.workspace_id = ${workspace.id}`);
  return { source: source!.id, run };
}

async function draftCampaign({ database, workspace }: Business): Promise<string> {
  const [topic] = await listTopics(database.db, workspace.id);
  const draft = await createCampaign(
    database.db,
    { workspaceId: workspace.id },
    {
      name: 'Bench',
      segmentKey: 'own-0',
      topic: topic!.key,
      subject: 'Hello',
      html: '<p>Hello, we have something for you.</p>',
    },
  );
  return draft.id;
}
