import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf } from '../../src/db/pool.ts';

/** Returns once somebody waits for what another transaction of this database holds. */
export async function waitForBlocked(database: Database): Promise<void> {
  for (;;) {
    const [row] = await rowsOf<{ blocked: string }>(
      database.db,
      sql`select count(*) as blocked from pg_stat_activity
           where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
    );
    if (Number(row?.blocked) > 0) return;
    await sleep(5);
  }
}
