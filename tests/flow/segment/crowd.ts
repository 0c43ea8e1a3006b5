import { sql } from 'drizzle-orm';
import type { Workspace } from '../../../src/db/doors.ts';
import { hashId } from '../../../src/db/ids.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { findDatedTraits } from '../../../src/flow/profile/dated-traits.ts';
import { replaceDatedValues } from '../../../src/flow/profile/dated-values.sql.ts';
import { type Invented, peopleAround } from './random-people.ts';
import { rulesAround } from './random-rules.ts';
import { EVENT_NAMES } from './random-values.ts';

export type { Invented };

/** Random people and rules around the day most tests of segments stand on. */
const MOMENT = new Date('2026-11-22T12:00:00Z');
export const person = peopleAround(MOMENT);
export const rule = rulesAround(MOMENT);

/** What each of some people has: the people's ids beside what is invented for them. */
type Of<T> = { id: string; given: T }[];

/** Puts people straight into the tables, as identify and profile would, each with an account of their own. */
export async function insertCrowd(
  database: Database,
  workspace: Workspace,
  people: Invented[],
  at: Date,
): Promise<string[]> {
  const ids = people.map(() => nextId(workspace));
  const rows = people.map((given, index) => ({ id: ids[index]!, given }));
  await prepare(database, workspace, at);
  await database.db.execute(sql`
    insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${workspace.id}::uuid, g.id, ${at.toISOString()}::timestamptz, ${ago(at, 100_000)}::timestamptz, ${ago(at, 90_000)}::timestamptz
      from unnest(${sql.param(ids)}::uuid[]) as g (id)`);
  await writeIdentifiers(database, workspace, rows, at);
  const traits = rows.map(({ id, given }) => ({ id, traits: given.traits }));
  await writeTraits(database, workspace, traits, at);
  await writeEvents(database, workspace, rows, at);
  await writeConsents(database, workspace, rows, at);
  return ids;
}

/** Other traits for some people, with the dates in them, as the profile room keeps them. */
export async function writeTraits(
  database: Database,
  workspace: Workspace,
  rows: { id: string; traits: Record<string, unknown> }[],
  at: Date,
): Promise<void> {
  const ids = rows.map((one) => one.id);
  await database.db.execute(sql`
    insert into profile_traits (workspace_id, profile_id, traits, updated_at)
    select ${workspace.id}::uuid, g.id, g.traits, ${at.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, traits jsonb)
        on conflict (workspace_id, profile_id) do update set traits = excluded.traits`);
  await database.db.execute(sql`
    delete from trait_values where workspace_id = ${workspace.id} and profile_id = any(${sql.param(ids)}::uuid[])`);
  // What a merge carries to the other person: the values, with the account they came by.
  await database.db.execute(sql`
    insert into trait_values (workspace_id, profile_id, name, source_id, via_kind, via_value, changed_at, value, is_current)
    select ${workspace.id}::uuid, g.id, t.key, ${sourceOf(workspace)}::uuid, 'user_id', g.id::text, ${at.toISOString()}::timestamptz, t.value, true
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as g (id uuid, traits jsonb), jsonb_each(g.traits) t`);
  await replaceDatedValues(database.db, workspace.id, {
    kind: 'trait',
    profileIds: ids,
    rows: rows.flatMap((one) => findDatedTraits(one.id, one.traits, workspace.timezone)),
  });
  await markChanged(database.db, workspace.id, ids);
}

/** More events for some people; a second delivery of one that is there changes nothing. */
export async function writeEvents(
  database: Database,
  workspace: Workspace,
  rows: Of<Pick<Invented, 'events'>>,
  at: Date,
): Promise<void> {
  const events = rows.flatMap(({ id, given }) =>
    given.events.map((each) => ({
      profile: id,
      id: nextId(workspace),
      name: EVENT_NAMES.indexOf(each.name) + 1,
      at: ago(at, each.minutesAgo),
      value: each.value,
      properties: each.properties,
    })),
  );
  const statement = sql`
    insert into events (workspace_id, profile_id, id, name_id, occurred_at, received_at, value, properties, source_id, subject, via_kind, via_value)
    select ${workspace.id}::uuid, g.profile, g.id, g.name, g.at, g.at, g.value, g.properties, ${sourceOf(workspace)}::uuid, g.id, 'user_id', g.profile::text
      from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as g (profile uuid, id uuid, name int, at timestamptz, value numeric, properties jsonb)
        on conflict do nothing`;
  await database.db.execute(statement);
  await database.db.execute(statement);
  await markChanged(
    database.db,
    workspace.id,
    rows.map((one) => one.id),
  );
}

/** More decisions of some people. */
export async function writeConsents(
  database: Database,
  workspace: Workspace,
  rows: Of<Pick<Invented, 'consents'>>,
  at: Date,
): Promise<void> {
  const consents = rows.flatMap(({ id, given }) =>
    given.consents.map((each) => ({
      profile: id,
      id: nextId(workspace),
      ...each,
      received: ago(at, Math.abs(each.minutesAgo ?? 30)),
      decided: each.minutesAgo === null ? null : ago(at, each.minutesAgo),
    })),
  );
  await database.db.execute(sql`
    insert into consents (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, via_kind, via_value, proof)
    select ${workspace.id}::uuid, g.profile, g.id, g.channel, g.topic, g.state, g.decided, g.received, 'user_id', g.profile::text, '{}'
      from jsonb_to_recordset(${JSON.stringify(consents)}::jsonb) as g (profile uuid, id uuid, channel text, topic text, state text, decided timestamptz, received timestamptz)`);
  await markChanged(
    database.db,
    workspace.id,
    rows.map((one) => one.id),
  );
}

/** Present members by segment, straight from the table. */
export async function membersOf(database: Database, workspaceId: string): Promise<Map<string, Set<string>>> {
  const rows = await rowsOf<{ key: string; id: string }>(
    database.db,
    sql`select segment_key as key, profile_id as id from memberships where workspace_id = ${workspaceId} and left_at is null`,
  );
  const members = new Map<string, Set<string>>();
  for (const { key, id } of rows) members.set(key, (members.get(key) ?? new Set()).add(id));
  return members;
}

/** An account each, and an address for some. */
async function writeIdentifiers(
  database: Database,
  workspace: Workspace,
  rows: Of<Pick<Invented, 'hasEmail'>>,
  at: Date,
): Promise<void> {
  const given = rows.flatMap(({ id, given: { hasEmail } }) => [
    { id, kind: 'user_id' },
    ...(hasEmail ? [{ id, kind: 'email' }] : []),
  ]);
  await database.db.execute(sql`
    insert into identifiers (workspace_id, kind, value, given, profile_id, home_id, first_seen_at, last_seen_at)
    select ${workspace.id}::uuid, g.kind, g.id::text, g.id::text, g.id, g.id, ${at.toISOString()}::timestamptz, ${at.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id uuid, kind text)`);
  const emails = given.filter(({ kind }) => kind === 'email').map(({ id }) => id);
  await database.db.execute(sql`
    insert into links (workspace_id, kind, value, other_kind, other_value, first_at, last_at, source_id)
    select ${workspace.id}::uuid, w.kind, g.id::text, w.other, g.id::text, ${at.toISOString()}::timestamptz, ${at.toISOString()}::timestamptz, ${sourceOf(workspace)}::uuid
      from unnest(${sql.param(emails)}::uuid[]) as g (id),
           (values ('user_id', 'email'), ('email', 'user_id')) as w (kind, other)`);
}

async function prepare(database: Database, workspace: Workspace, at: Date): Promise<void> {
  await database.db.execute(sql`
    insert into sources (workspace_id, id, key, connector, name, created_at)
    values (${workspace.id}, ${sourceOf(workspace)}, 'shop', 'csv', 'Shop', ${at.toISOString()}) on conflict do nothing`);
  await database.db.execute(sql`
    insert into event_names (workspace_id, id, name, first_seen_at)
    select ${workspace.id}::uuid, g.i::int, g.name, ${at.toISOString()}::timestamptz
      from unnest(${sql.param(EVENT_NAMES)}::text[]) with ordinality as g (name, i) on conflict do nothing`);
}

const handedOut = new Map<string, number>();

/** The same ids in the same order each time, so that a seed finds the same people; shaped like those the product makes. */
function nextId(workspace: Workspace): string {
  const count = (handedOut.get(workspace.id) ?? 0) + 1;
  handedOut.set(workspace.id, count);
  const hash = hashId(workspace.id, String(count));
  return `${hash.slice(0, 14)}7${hash.slice(15, 19)}8${hash.slice(20)}`;
}

function sourceOf(workspace: Workspace): string {
  return hashId(workspace.id, 'shop');
}

function ago(at: Date, minutes: number): string {
  return new Date(at.getTime() - minutes * 60_000).toISOString();
}
