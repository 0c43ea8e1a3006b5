import { sql } from 'drizzle-orm';
import { stateOf } from '../../db/deadlocks.ts';
import { type Db, rowsOf } from '../../db/pool.ts';

/** Postgres breaks off what ran out of time with this. */
export const CANCELLED = '57014';

/**
 * The result, or null when the work took longer than it may; the transaction around it goes on. `isWhole`: over
 * everyone, where a plan of loops made without statistics would take minutes.
 */
export async function orNull<T>(
  db: Db,
  budget: { ms: number; isWhole: boolean },
  work: (db: Db) => Promise<T>,
): Promise<T | null> {
  try {
    return await db.transaction(async (tx) => {
      const before = await setBudget(tx, `${budget.ms}ms`, budget.isWhole ? 'off' : 'on');
      const result = await work(tx);
      await setBudget(tx, before, 'on');
      return result;
    });
  } catch (error) {
    if (stateOf(error) !== CANCELLED) throw error;
    return null;
  }
}

/** Gives the timeout there was: read in a query of its own, before anything is set. */
async function setBudget(db: Db, timeout: string, loops: 'on' | 'off'): Promise<string> {
  const [row] = await rowsOf<{ before: string }>(
    db,
    sql`with b as materialized (select current_setting('statement_timeout') as before)
        select b.before, set_config('statement_timeout', ${timeout}, true), set_config('enable_nestloop', ${loops}, true) from b`,
  );
  return row?.before ?? '0';
}
