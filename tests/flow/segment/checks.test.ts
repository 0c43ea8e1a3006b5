import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/base/config.ts';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { listAlarms, listDueChecks, listMisplaced } from '../../../src/flow/segment/checks.sql.ts';
import { checkSegment, checkSomeSegments, recountSegment } from '../../../src/flow/segment/checks.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { runNightly } from '../../../src/tasks/nightly.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import { createListeningWorkspace, tell } from '../../setup/people.ts';

let databases: TestDatabase;
let workspace: Workspace;
const at = '2026-01-05T10:00:00Z';
const planOf = (n: number) => (n % 2 === 0 ? 'gold' : 'free');

beforeAll(async () => {
  databases = await createTestDatabase();
  workspace = await createListeningWorkspace(databases.database);
  const calls = Array.from({ length: 12 }, (_, n) => ({ at, userId: `u${n}`, traits: { plan: planOf(n) } }));
  await tell(databases.database, workspace, calls);
  await carry(databases.database, workspace.id, { waitMs: 5_000 });
  await withWorkspace(databases.database, workspace.id, async (scope) => {
    for (const key of ['gold', 'free']) {
      const definition = { trait: 'plan', op: 'eq', value: key };
      await createSegment(scope.db, scope.workspace, { key, name: `The ${key} ones`, definition });
    }
    const definition = { segment: 'gold', is: 'in' };
    await createSegment(scope.db, scope.workspace, { key: 'of-gold', name: 'Of gold', definition });
  });
  await refreshWorkspace(databases.database, workspace.id, { trigger: 'test', full: true });
});

const look = async <T>(work: (db: Parameters<typeof listAlarms>[0]) => Promise<T>): Promise<T> =>
  await withWorkspace(databases.database, workspace.id, async ({ db }) => await work(db));
const run = async (statement: ReturnType<typeof sql>) =>
  await look(async (db) => await rowsOf<{ id: string }>(db, statement));
const alarms = async () =>
  (await look(async (db) => await listAlarms(db, workspace.id))).map(({ key, missing, surplus }) => ({
    key,
    missing,
    surplus,
  }));
const due = async (rotating: number) => await look((db) => listDueChecks(db, workspace.id, rotating));
const membersOf = async (key: string) =>
  (
    await run(sql`select profile_id as id from memberships
                 where workspace_id = ${workspace.id} and segment_key = ${key} and left_at is null order by 1`)
  ).map(({ id }) => id);

test('a night finds who was lost and who was smuggled in, names them, and moves nobody', async () => {
  const gold = await membersOf('gold');
  const [stranger] = await membersOf('free');
  const lost = gold.slice(0, 2).sort();
  await run(sql`delete from memberships where workspace_id = ${workspace.id} and segment_key = 'gold'
                   and profile_id = any(${sql.param(lost)}::uuid[]) returning profile_id as id`);
  await run(sql`insert into memberships (workspace_id, profile_id, segment_key, entered_at, version)
                select ${workspace.id}::uuid, ${stranger}::uuid, 'gold', ${at}, 1 returning profile_id as id`);
  await runNightly(databases.database, readConfig({}), workspace.id);
  expect(await alarms()).toContainEqual({ key: 'gold', missing: 2, surplus: 1 });
  const named = await look((db) => listMisplaced(db, { workspaceId: workspace.id, key: 'gold' }));
  expect(named).toEqual([
    ...lost.map((profileId) => ({ profileId, expected: 'in' })),
    { profileId: stranger, expected: 'out' },
  ]);
  expect(await membersOf('gold')).not.toContain(lost[0]);
});

test('what stood wrong is looked at every night, found twice it is one alarm', async () => {
  expect((await due(0))[0]).toBe('gold');
  await checkSomeSegments(databases.database, workspace.id);
  expect(await alarms()).toContainEqual({ key: 'gold', missing: 2, surplus: 1 });
});

test('computed anew the segment and those that name it are right, and the alarm is gone', async () => {
  const done = await recountSegment(databases.database, workspace.id, 'gold');
  expect(done).toEqual({ entered: 2, left: 1, found: { missing: 0, surplus: 0, people: [] } });
  await checkSomeSegments(databases.database, workspace.id, { rotating: 100 });
  expect(await alarms()).toEqual([]);
  expect(await membersOf('of-gold')).toEqual(await membersOf('gold'));
  expect(await look((db) => listMisplaced(db, { workspaceId: workspace.id, key: 'gold' }))).toEqual([]);
});

test('of somebody who changed since the last refresh nothing is said', async () => {
  await tell(databases.database, workspace, [
    { at: '2026-01-06T10:00:00Z', userId: 'u1', traits: { plan: 'gold' } },
  ]);
  await carry(databases.database, workspace.id, { waitMs: 5_000 });
  expect(await checkSegment(databases.database, workspace.id, 'gold')).toMatchObject({ people: [] });
  await refreshWorkspace(databases.database, workspace.id, { trigger: 'test' });
  expect(await membersOf('gold')).toHaveLength(7);
  expect(await checkSegment(databases.database, workspace.id, 'gold')).toMatchObject({ people: [] });
});

test('those that wait longest go first, and a time that is over leaves the rest for the next night', async () => {
  for (const key of ['free', 'gold']) await checkSegment(databases.database, workspace.id, key);
  const turns = await due(100);
  expect(turns.slice(-2)).toEqual(['free', 'gold']);
  expect(await due(1)).toEqual(turns.slice(0, 1));
  expect(await checkSomeSegments(databases.database, workspace.id, { budgetMs: -1 })).toEqual({
    checked: 0,
    wrong: 0,
  });
  await run(sql`update segments set updated_at = now() + interval '1 hour'
                 where workspace_id = ${workspace.id} and key = 'gold' returning key as id`);
  expect(await due(0)).toEqual(['gold']);
});
