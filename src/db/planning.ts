import { sql } from 'drizzle-orm';
import type { Db } from './pool.ts';

/**
 * For statements over everyone: a few joins of whole tables. Freshly filled tables have no statistics yet, and the
 * planner then loops over them: measured over a minute instead of under a second for 2,357 people. Only how a
 * statement is run depends on it, never what it answers.
 */
export async function withoutLoops<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`set local enable_nestloop = off`);
    const result = await work(tx);
    await tx.execute(sql`set local enable_nestloop = on`);
    return result;
  });
}
