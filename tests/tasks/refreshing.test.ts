import { sql } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { createSegment, removeSegment } from '../../src/flow/segment/segments.ts';
import { refreshIfNeeded } from '../../src/tasks/refreshing.ts';
import { insertCrowd } from '../flow/segment/crowd.ts';
import { waitForBlocked } from '../setup/blocked.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const start = new Date('2026-11-22T12:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
const DAY = 1440;

const { database } = await createTestDatabase();
afterAll(resetClock);

it('a refresh whose connection is lost ends as failed, and the next minute tries again', async () => {
  const workspace = await createWorkspace(database);
  const bought = { name: 'order_placed', minutesAgo: 60, value: '10', properties: {} };
  await insertCrowd(
    database,
    workspace,
    [{ traits: {}, consents: [], hasEmail: true, events: [bought] }],
    start,
  );
  const definition = { event: 'order_placed', within: { last: '1d' } };
  await createSegment(database.db, workspace, { key: 'day', name: 'Day', definition });
  startClockAt(start);
  await refreshIfNeeded(database, workspace.id);
  expect(await stateOf()).toEqual({ status: 'ready', size: 1, refresh: 'succeeded' });

  startClockAt(later(DAY));
  await loseConnectionOf(async () => await refreshIfNeeded(database, workspace.id));
  expect(await stateOf()).toEqual({ status: 'stale', size: 1, refresh: 'failed' });

  startClockAt(later(DAY + 1));
  await refreshIfNeeded(database, workspace.id);
  expect(await stateOf()).toEqual({ status: 'ready', size: 0, refresh: 'succeeded' });

  async function stateOf() {
    const [row] = await rowsOf<{ status: string; size: number; refresh: string }>(
      database.db,
      sql`select s.status, s.size::int as size, r.status as refresh
            from segments s join refreshes r on r.workspace_id = s.workspace_id
           where s.workspace_id = ${workspace.id} and s.key = 'day' order by r.started_at desc limit 1`,
    );
    return row;
  }
});

it('a segment that is removed has no members from the next minute on, however quiet that is', async () => {
  const workspace = await createWorkspace(database);
  await insertCrowd(database, workspace, [{ traits: {}, consents: [], hasEmail: true, events: [] }], start);
  await createSegment(database.db, workspace, { key: 'all', name: 'All', definition: { all: [] } });
  startClockAt(start);
  await refreshIfNeeded(database, workspace.id);
  expect(await countMembers()).toBe(1);
  await removeSegment(database.db, workspace.id, 'all');
  startClockAt(later(1));
  await refreshIfNeeded(database, workspace.id);
  expect(await countMembers()).toBe(0);

  async function countMembers() {
    const rows = await rowsOf(
      database.db,
      sql`select 1 from memberships where workspace_id = ${workspace.id} and segment_key = 'all' and left_at is null`,
    );
    return rows.length;
  }
});

/** Holds the work up where it publishes, and hangs up on it there. */
async function loseConnectionOf(work: () => Promise<unknown>): Promise<void> {
  const holder = await database.pool.connect();
  await holder.query('begin; lock table segment_sizes in access exclusive mode');
  const failing = expect(work()).rejects.toThrow();
  await waitForBlocked(database);
  await database.db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`);
  await failing;
  await holder.query('rollback');
  holder.release();
}
