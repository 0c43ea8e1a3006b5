import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';

/** Postgres breaks off what ran out of time with this. */
const CANCELLED = '57014';

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
      const [before] = (await tx.execute(sql`select current_setting('statement_timeout') as timeout`)).rows;
      await setBudget(tx, `${budget.ms}ms`, budget.isWhole ? 'off' : 'on');
      const result = await work(tx);
      await setBudget(tx, String(before?.timeout ?? 0), 'on');
      return result;
    });
  } catch (error) {
    if (codeOf(error) !== CANCELLED) throw error;
    return null;
  }
}

async function setBudget(db: Db, timeout: string, loops: 'on' | 'off'): Promise<void> {
  await db.execute(
    sql`select set_config('statement_timeout', ${timeout}, true), set_config('enable_nestloop', ${loops}, true)`,
  );
}

/** drizzle wraps the driver's error, which carries the SQLSTATE. */
function codeOf(error: unknown): unknown {
  const inner = error instanceof Error && error.cause ? error.cause : error;
  return typeof inner === 'object' && inner !== null && 'code' in inner ? inner.code : undefined;
}
