import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { type Database, rowsOf } from '../../src/db/pool.ts';

const TO_BE_KILLED = 'segments-to-be-killed';

/** The address for a process that the test is going to kill: its connections can be told from the test's own. */
export function addressToBeKilled(url: string): string {
  return `${url}&application_name=${TO_BE_KILLED}`;
}

/**
 * Lets the jobs of a killed process be taken at once: a dead holder is followed a minute later, and nobody wants to
 * wait for that at each kill. PostgreSQL ends what a dead process asked last, and only then notices that it is dead:
 * until then the lease may be locked, or even be taken.
 */
export async function endLeasesOfKilled(database: Database): Promise<void> {
  await expect.poll(async () => await countToBeKilled(database), { timeout: 60_000, interval: 5 }).toBe(0);
  await database.db.execute(sql`update leases set until = '-infinity'`);
}

async function countToBeKilled({ db }: Database): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    db,
    sql`select count(*)::int as count from pg_stat_activity
         where datname = current_database() and application_name = ${TO_BE_KILLED}`,
  );
  return row?.count ?? -1;
}
