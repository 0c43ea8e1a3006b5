import { count, max, sql } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { withPlatform } from '../db/doors.ts';
import { findAppliedMigration, readLastMigration } from '../db/migrate.ts';
import { type Database, rowsOf } from '../db/pool.ts';
import { pendingRawEvents } from '../db/schema/collect.ts';
import { ticks, workspaces } from '../db/schema/db.ts';
import { changedProfiles } from '../db/schema/identify.ts';

/** The schedule ticks each minute; after this many without one it hangs. */
const LATE_MS = 5 * 60_000;
/** Counting further would cost more than the number tells. */
const COUNTED = 100_000;

/** Why this process cannot do its work at the moment, in words; empty when it can. */
export async function findFaults(database: Database, config: Config): Promise<string[]> {
  try {
    const faults = [
      await checkMigrations(database),
      config.isScheduleOn ? await checkSchedule(database) : null,
    ];
    return faults.filter((fault) => fault !== null);
  } catch (error) {
    return [`The database does not answer: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** How much waits, over all workspaces. */
export async function countWaiting(database: Database): Promise<{ rawEvents: number; profiles: number }> {
  const [row] = await withPlatform(database, async (db) =>
    rowsOf<{ raw: string; profiles: string }>(
      db,
      sql`select (select count(*) from (select 1 from ${pendingRawEvents} limit ${COUNTED}) r) as raw,
                 (select count(*) from (select 1 from ${changedProfiles} limit ${COUNTED}) p) as profiles`,
    ),
  );
  return { rawEvents: Number(row?.raw ?? 0), profiles: Number(row?.profiles ?? 0) };
}

async function checkMigrations(database: Database): Promise<string | null> {
  const client = await database.pool.connect();
  try {
    const applied = await findAppliedMigration(client);
    return applied !== null && applied >= readLastMigration().when
      ? null
      : 'The schema of the database is not up to date.';
  } finally {
    client.release();
  }
}

/** A process that has just started, and a product without a business, have nothing to be late with. */
async function checkSchedule(database: Database): Promise<string | null> {
  if (performance.now() < LATE_MS) return null;
  return await withPlatform(database, async (db) => {
    const [tick] = await db.select({ last: max(ticks.takenAt) }).from(ticks);
    const [business] = await db.select({ workspaces: count() }).from(workspaces);
    const isLate = !tick?.last || now().getTime() - tick.last.getTime() > LATE_MS;
    return isLate && business!.workspaces > 0
      ? 'The schedule is late: nothing was started in the last five minutes.'
      : null;
  });
}
