import { type SQL, sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';
import type { Db } from './pool.ts';

/**
 * For statements over everyone: a few joins of whole tables, in memory. Freshly filled tables have no statistics yet,
 * and the planner then loops over them: measured over a minute instead of under a second for 2,357 people. Only how a
 * statement is run depends on it, never what it answers.
 */
export async function withoutLoops<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await planned(db, work, {
    // Sums by person take several times the room of counts: of many people they would go to disk.
    begin: sql`set local enable_nestloop = off; set local work_mem = '64MB'; set local hash_mem_multiplier = 4`,
    end: sql`set local enable_nestloop to default; set local work_mem to default; set local hash_mem_multiplier to default`,
  });
}

/**
 * The same with one helper, who takes whole branches of a union (an other half of everyone, say). A branch is not shared
 * out further: with a gathering of its own in it, it could not be given away.
 */
export async function withHelper<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  const helped = {
    begin: sql`set local max_parallel_workers_per_gather = 1; set local min_parallel_table_scan_size = '1TB'; set local min_parallel_index_scan_size = '1TB'`,
    end: sql`set local max_parallel_workers_per_gather to default; set local min_parallel_table_scan_size to default; set local min_parallel_index_scan_size to default`,
  };
  return await withoutLoops(db, async (tx) => await planned(tx, work, helped));
}

/**
 * For what is counted behind the pages, until its transaction ends: with helpers (PostgreSQL gives a large statement two)
 * it would take all cores of a small machine from the pages, and from the refresh.
 */
export async function forgoHelpers(db: Db): Promise<void> {
  await db.execute(sql`set local max_parallel_workers_per_gather = 0`);
}

/**
 * For statements over a few people by name: each is found by index. Where the few are a hundredth of all, the planner
 * reads whole tables instead (a page at random counts as four in a row to it), and the cost grows with everyone.
 * Helpers would take longer to come than the work does.
 */
export async function byIndex<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await planned(db, work, {
    begin: sql`set local enable_seqscan = off; set local max_parallel_workers_per_gather = 0`,
    end: sql`set local enable_seqscan to default; set local max_parallel_workers_per_gather to default`,
  });
}

/** Some people by name in several subqueries: each reads its rows by index, and they are joined as wholes. */
export async function byName<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await planned(db, work, {
    begin: sql`set local enable_seqscan = off; set local enable_nestloop = off`,
    end: sql`set local enable_seqscan to default; set local enable_nestloop to default`,
  });
}

/**
 * The people of a statement as an array that is sent once: `looked` stands in the `with` at its head. The planner does
 * not look into it either, which takes longer than the rest where thousands are written out in ten subqueries (measured
 * with 2,000: 61 ms, and so 13). No people: everyone.
 */
export function namedOnce(ids: string[] | null): { people: SQL | null; looked: SQL } {
  if (!ids) return { people: null, looked: sql`` };
  return {
    people: sql`(select l.ids from looked l)::uuid[]`,
    looked: sql`looked as materialized (select ${`{${ids.join(',')}}`}::uuid[] as ids),`,
  };
}

/** Within the transaction there is, or one of its own: after an error it is over, and its settings with it. */
async function planned<T>(
  db: Db,
  work: (db: Db) => Promise<T>,
  settings: { begin: SQL; end: SQL },
): Promise<T> {
  if (!(db instanceof PgTransaction))
    return await db.transaction(async (tx) => await planned(tx, work, settings));
  await db.execute(settings.begin);
  const result = await work(db);
  await db.execute(settings.end);
  return result;
}
