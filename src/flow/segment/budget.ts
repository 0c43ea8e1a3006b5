import { sql } from 'drizzle-orm';
import { stateOf } from '../../db/deadlocks.ts';
import { type Db, rowsOf } from '../../db/pool.ts';

/** Postgres breaks off what ran out of time with this. */
export const CANCELLED = '57014';

/** Why work came to no result: it took longer than it may, or is larger than one statement can be. */
export type Excess = 'slow' | 'large';
export type Outcome<T> = { result: T } | { excess: Excess };
type Limit = { ms: number; isWhole: boolean };

/**
 * The result, or why there is none; the transaction around it goes on. `isWhole`: over everyone, where a plan of loops
 * made without statistics would take minutes.
 */
export async function withinBudget<T>(
  db: Db,
  budget: Limit,
  work: (db: Db) => Promise<T>,
): Promise<Outcome<T>> {
  try {
    return await db.transaction(async (tx) => {
      const before = await setBudget(tx, `${budget.ms}ms`, budget.isWhole ? 'off' : 'on');
      const result = await work(tx);
      await setBudget(tx, before, 'on');
      return { result };
    });
  } catch (error) {
    const excess = excessOf(error);
    if (!excess) throw error;
    return { excess };
  }
}

export async function orNull<T>(db: Db, budget: Limit, work: (db: Db) => Promise<T>): Promise<T | null> {
  const outcome = await withinBudget(db, budget, work);
  return 'result' in outcome ? outcome.result : null;
}

/**
 * A statement has limits of its own: 1,664 columns and 65,535 parameters (class 54; 08P01 where the number of
 * parameters no longer fits), and it is put together on a stack that has an end (RangeError).
 */
export function excessOf(error: unknown): Excess | null {
  const state = stateOf(error) ?? '';
  if (state === CANCELLED) return 'slow';
  return state.startsWith('54') || state === '08P01' || error instanceof RangeError ? 'large' : null;
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
