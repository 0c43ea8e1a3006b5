import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, expect, test } from 'vitest';
import metaAds from '../../../src/connectors/meta-ads/meta-ads.ts';
import { sha256Hex } from '../../../src/connectors/reading/hashing.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { countLeftOut } from '../../../src/flow/send/destination-difference.sql.ts';
import { followMerges, forgetThere } from '../../../src/flow/send/destination-members.sql.ts';
import { getDestination, listDestinationRuns, wishOf } from '../../../src/flow/send/destinations.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';
import { suppressAddresses } from '../../../src/flow/send/suppressions.ts';
import { erasePerson } from '../../../src/tasks/erasing.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type DataManagerServer, startDataManager } from '../../vendors/data-manager.ts';
import { type MetaAudienceServer, startMetaAudienceServer } from '../../vendors/meta-audiences.ts';
import { type Cast, countStates, createDestinationCast, decideAds, leave } from './destinations-cast.ts';

let database: Database;
let meta: MetaAudienceServer;
let google: DataManagerServer | null = null;
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  await loadConnectors();
});
afterEach(async () => {
  for (const server of [meta, google]) {
    expect(server?.violations ?? []).toEqual([]);
    await server?.close();
  }
  google = null;
});

async function setUp(people: number, extra: Record<string, unknown> = {}): Promise<Cast> {
  meta = await startMetaAudienceServer();
  configureConnections({ allow: [meta.host], tries: 1, patienceMs: 20 });
  return await createDestinationCast(database, {
    connector: 'meta-ads',
    settings: meta.settings,
    people,
    extra,
  });
}

const hashOf = (n: number) => `${sha256Hex(`person${n}@example.com`)}/`;
const there = () => [...(meta.audiences[0]?.members ?? [])].sort();
const inAudience = (...numbers: number[]) => numbers.map(hashOf).sort();
const wishFor = async ({ wish }: Cast) =>
  await withWorkspace(database, wish.workspaceId, async ({ db }) =>
    wishOf(await getDestination(db, wish.workspaceId, wish.destinationId), metaAds as never),
  );

test('who withdrew consent to ads is left out, or removed if they are there; the reason can be read', async () => {
  const cast = await setUp(4);
  await decideAds(database, cast, cast.ids[0]!, 'withdrawn');
  expect(await pushDestination(database, cast.wish)).toMatchObject({ status: 'succeeded', added: 3 });
  expect(there()).toEqual(inAudience(1, 2, 3));
  await decideAds(database, cast, cast.ids[1]!, 'withdrawn');
  expect(await pushDestination(database, cast.wish)).toMatchObject({ added: 0, removed: 1 });
  expect(there()).toEqual(inAudience(2, 3));
  const leftOut = await withWorkspace(database, cast.workspace.id, async ({ db }) =>
    countLeftOut(db, await wishFor(cast)),
  );
  expect(leftOut).toEqual([
    { why: 'no ads', count: 2 },
    { why: null, count: 2 },
  ]);
});

test('a run says when the audience is smaller than the vendor makes use of', async () => {
  const cast = await setUp(3);
  expect((await pushDestination(database, cast.wish)).message).toMatch(/about 100 of its people/);
});

test('erased people are removed there though nothing of them is left here, from additive destinations too', async () => {
  const cast = await setUp(3, { isAdditiveOnly: true });
  await pushDestination(database, cast.wish);
  await erasePerson(database, cast.workspace.id, cast.ids[0]!);
  const [kept] = await rowsOf<{ sealed: string }>(database.db, sql`select sealed from departures`);
  expect(kept?.sealed).not.toContain('person0');
  await leave(database, cast, [cast.ids[1]!]);
  await suppressAddresses(database.db, { workspaceId: cast.workspace.id }, [
    { email: 'person2@example.com', reason: 'complaint' },
  ]);
  expect(await pushDestination(database, cast.wish)).toMatchObject({ status: 'succeeded', removed: 2 });
  expect(there()).toEqual(inAudience(1));
  expect(await rowsOf(database.db, sql`select 1 from departures`)).toEqual([]);
});

test('two people with one address are one entry: the first who leaves takes nothing away', async () => {
  const cast = await setUp(3);
  const [first, second] = cast.ids;
  await database.db.execute(
    sql`update profile_traits set email = 'PERSON0@example.com' where workspace_id = ${cast.workspace.id} and profile_id = ${second}`,
  );
  await pushDestination(database, cast.wish);
  expect(there()).toEqual(inAudience(0, 2));
  await leave(database, cast, [first!]);
  expect(await pushDestination(database, cast.wish)).toMatchObject({ removed: 0 });
  expect(there()).toEqual(inAudience(0, 2));
  await leave(database, cast, [second!]);
  expect(await pushDestination(database, cast.wish)).toMatchObject({ removed: 1 });
  expect(there()).toEqual(inAudience(2));
});

test('who is joined with somebody goes on there as that person', async () => {
  const cast = await setUp(3);
  await pushDestination(database, cast.wish);
  const [from, into] = [cast.ids[0]!, cast.ids[2]!];
  // The other was never told there: the entry passes on, whole.
  await database.db.execute(sql`delete from destination_members where profile_id = ${into}`);
  await database.db.execute(sql`update profiles set merged_into = ${into} where id = ${from}`);
  await database.db.execute(sql`delete from profile_traits where profile_id = ${from}`);
  await leave(database, cast, [from]);
  const wish = await wishFor(cast);
  for (let twice = 0; twice < 2; twice++)
    await withWorkspace(database, cast.workspace.id, async ({ db }) => await followMerges(db, wish));
  const rows = await rowsOf<{ profile_id: string; address: string }>(
    database.db,
    sql`select profile_id, address from destination_members where workspace_id = ${cast.workspace.id} order by address`,
  );
  expect(rows.map((row) => [row.profile_id, row.address])).toEqual([
    [into, 'person0@example.com'],
    [cast.ids[1], 'person1@example.com'],
  ]);
  // They go by another address now, so that one takes the place of the old.
  expect(await pushDestination(database, cast.wish)).toMatchObject({ added: 1, removed: 1 });
  expect(there()).toEqual(inAudience(1, 2));
});

test('an audience that was lost over there is told of, and everyone can be sent again', async () => {
  const cast = await setUp(3);
  await pushDestination(database, cast.wish);
  meta.audiences.length = 0;
  await leave(database, cast, [cast.ids[0]!]);
  await database.db.execute(sql`delete from destination_members where profile_id = ${cast.ids[1]}`);
  const lost = await pushDestination(database, cast.wish);
  expect(lost).toMatchObject({ status: 'partial', message: expect.stringContaining('gone at Meta') });
  await withWorkspace(database, cast.workspace.id, async ({ db }) =>
    forgetThere(db, await wishFor(cast), new Date()),
  );
  expect(await pushDestination(database, cast.wish)).toMatchObject({ status: 'succeeded', added: 2 });
  expect(there()).toEqual(inAudience(1, 2));
});

test('who is refused is tried again later and later, and at once when they go by another address', async () => {
  const cast = await setUp(3);
  meta.unusable.add(sha256Hex('person0@example.com'));
  expect(await pushDestination(database, cast.wish)).toMatchObject({ added: 2, refused: 1 });
  expect(await pushDestination(database, cast.wish)).toMatchObject({ added: 0, refused: 0 });
  const passDay = async () =>
    await database.db.execute(
      sql`update destination_members set retry_at = now() - interval '1 minute' where state = 'refused'`,
    );
  await passDay();
  expect(await pushDestination(database, cast.wish)).toMatchObject({ refused: 1 });
  const [row] = await rowsOf<{ attempts: number; days: string }>(
    database.db,
    sql`select attempts, round(extract(epoch from retry_at - changed_at) / 86400) as days from destination_members
         where workspace_id = ${cast.workspace.id} and state = 'refused'`,
  );
  expect(row).toMatchObject({ attempts: 2, days: '2' });
  await database.db.execute(
    sql`update profile_traits set email = 'other@example.com' where workspace_id = ${cast.workspace.id} and profile_id = ${cast.ids[0]}`,
  );
  expect(await pushDestination(database, cast.wish)).toMatchObject({ added: 1, refused: 0 });
});

test('a dead token asks to be replaced, and the schedule waits for that; a busy vendor is tried again by itself', async () => {
  const cast = await setUp(3);
  const said = (code: number) => ({
    status: 400,
    json: { error: { message: 'No', type: 'OAuthException', code, fbtrace_id: 'A' } },
  });
  const read = async () =>
    await withWorkspace(database, cast.workspace.id, async ({ db }) =>
      getDestination(db, cast.workspace.id, cast.wish.destinationId),
    );
  meta.plan(said(190));
  expect((await pushDestination(database, cast.wish)).message).toMatch(/Paste a new one/);
  expect(await read()).toMatchObject({ status: 'needs_attention', failures: 1 });
  await database.db.execute(
    sql`update destinations set status = 'active' where id = ${cast.wish.destinationId}`,
  );
  const busy = {
    ...said(80003),
    headers: { 'x-business-use-case-usage': '{"1":[{"estimated_time_to_regain_access":60}]}' },
  };
  meta.plan(busy);
  await pushDestination(database, cast.wish);
  const waiting = await read();
  expect(waiting).toMatchObject({ status: 'active', failures: 2 });
  expect(waiting.nextPushAt!.getTime() - Date.now()).toBeGreaterThan(55 * 60_000);
  await database.db.execute(
    sql`update sources set not_before = null where workspace_id = ${cast.workspace.id}`,
  );
  expect(await pushDestination(database, cast.wish)).toMatchObject({ status: 'succeeded', added: 3 });
  expect(await read()).toMatchObject({ failures: 0, nextPushAt: null, statusMessage: null });
});

test('a push that a dead process left running is closed by the next', async () => {
  const cast = await setUp(2);
  await pushDestination(database, cast.wish);
  await database.db.execute(
    sql`update destination_runs set status = 'running', finished_at = null where destination_id = ${cast.wish.destinationId}`,
  );
  await pushDestination(database, cast.wish);
  const runs = await withWorkspace(database, cast.workspace.id, ({ db }) =>
    listDestinationRuns(db, cast.workspace.id, cast.wish.destinationId),
  );
  expect(runs.map(({ status }) => status).sort()).toEqual(['partial', 'succeeded']);
});

test('Google takes its time to add and to remove; both are settled by later pushes', async () => {
  meta = await startMetaAudienceServer();
  google = await startDataManager();
  configureConnections({ allow: [google.host], tries: 1, patienceMs: 20 });
  const { settings } = google;
  const cast = await createDestinationCast(database, { connector: 'google-ads', settings, people: 5 });
  const push = async () => await pushDestination(database, cast.wish);
  const finish = () => {
    for (const job of google!.jobs) job.asksLeft = 0;
  };
  expect(await push()).toMatchObject({ status: 'succeeded', added: 0, waiting: 5 });
  expect(await countStates(database, cast)).toEqual({ waiting: 5 });
  finish();
  expect(await push()).toMatchObject({ added: 5, waiting: 0 });
  await leave(database, cast, [cast.ids[0]!]);
  expect(await push()).toMatchObject({ removed: 0, waiting: 1 });
  expect(await countStates(database, cast)).toEqual({ in: 4, leaving: 1 });
  finish();
  expect(await push()).toMatchObject({ removed: 1 });
  expect(await countStates(database, cast)).toEqual({ in: 4, out: 1 });
  expect(google.lists[0]?.members.size).toBe(4);
});
