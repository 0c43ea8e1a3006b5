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

/**
 * For statements over a few people by name: each is found by index. Where the few are a hundredth of all, the planner
 * reads whole tables instead (a page at random counts as four in a row to it), and the cost grows with everyone.
 * Within a transaction: after an error it is over, and its settings with it.
 */
export async function byIndex<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  await db.execute(sql`set local enable_seqscan = off`);
  const result = await work(db);
  await db.execute(sql`set local enable_seqscan = on`);
  return result;
}

/** Some people by name in several subqueries: each reads its rows by index, and they are joined as wholes. */
export async function byName<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await byIndex(db, async (tx) => await withoutLoops(tx, work));
}
