import { sql } from 'drizzle-orm';
import { withPlatform } from './doors.ts';
import { withLease } from './leases.ts';
import { type Database, type Db, rowsOf } from './pool.ts';
import { ticks } from './schema/db.ts';

/** One occasion of a job: `slot` is the workspace's local date, or the minute. */
export type Tick = { workspaceId: string; job: string; slot: string };

/**
 * Does the work of a tick once, however many processes see it come. A tick whose process died before the end is
 * done by whoever sees it next: at most a minute later, when the lease of the dead one has ended.
 * Returns whether it was done here.
 */
export async function runOnce(
  database: Database,
  tick: Tick,
  at: () => Date,
  work: () => Promise<void>,
): Promise<boolean> {
  if (await isFinished(database, tick)) return false;
  const done = await withLease(
    database,
    { workspaceId: tick.workspaceId, job: `tick:${tick.job}` },
    async () => {
      if (!(await takeTick(database.db, tick, at()))) return false;
      await work();
      await finishTick(database.db, tick, at());
      return true;
    },
  );
  return done ?? false;
}

export async function isFinished(database: Database, tick: Tick): Promise<boolean> {
  const rows = await withPlatform(database, async (db) =>
    rowsOf(db, sql`select 1 as one from ${ticks} where key = ${keyOf(tick)} and finished_at is not null`),
  );
  return rows.length > 0;
}

/** When a job of a workspace was last done to its end; null if never. */
export async function findLastFinish(
  database: Database,
  workspaceId: string,
  job: string,
): Promise<Date | null> {
  const [row] = await withPlatform(database, async (db) =>
    rowsOf<{ last: string | null }>(
      db,
      sql`select max(finished_at) as last from ${ticks}
           where key >= ${`${job}|${workspaceId}|`} and key < ${`${job}|${workspaceId}}`}`,
    ),
  );
  return row?.last ? new Date(row.last) : null;
}

/** Forgets occasions long past, which nobody will try again. */
export async function forgetTicks(
  database: Database,
  workspaceId: string,
  job: string,
  before: string,
): Promise<void> {
  await withPlatform(database, async (db) =>
    db.execute(sql`
      delete from ${ticks}
       where key >= ${`${job}|${workspaceId}|`} and key < ${`${job}|${workspaceId}|${before}`}`),
  );
}

/** False when it has been finished meanwhile. A row that is there unfinished was left by a process that died. */
async function takeTick(db: Db, tick: Tick, at: Date): Promise<boolean> {
  const taken = await rowsOf(
    db,
    sql`insert into ${ticks} as t (key, job, taken_at)
        values (${keyOf(tick)}, ${tick.job}, ${at.toISOString()})
            on conflict (key) do update set taken_at = excluded.taken_at
         where t.finished_at is null
        returning key`,
  );
  return taken.length > 0;
}

async function finishTick(db: Db, tick: Tick, at: Date): Promise<void> {
  await db.execute(sql`update ${ticks} set finished_at = ${at.toISOString()} where key = ${keyOf(tick)}`);
}

function keyOf(tick: Tick): string {
  return `${tick.job}|${tick.workspaceId}|${tick.slot}`;
}
