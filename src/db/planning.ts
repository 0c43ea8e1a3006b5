import { type SQL, sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';
import { digits } from './digits.ts';
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
 * With one helper, who takes whole branches of a union (an other half of the people, say). Two are planned for: with one
 * the planner reckons that the branches come one after another, for it forgets that we work as well. A branch is not
 * shared out further: with a gathering of its own in it, it could not be given away.
 */
export async function withHelper<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  return await planned(db, work, {
    begin: sql`set local max_parallel_workers_per_gather = 2; set local max_parallel_workers = 1; set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = '1TB'; set local min_parallel_index_scan_size = '1TB'`,
    end: sql`set local max_parallel_workers_per_gather to default; set local max_parallel_workers to default; set local parallel_setup_cost to default; set local parallel_tuple_cost to default; set local min_parallel_table_scan_size to default; set local min_parallel_index_scan_size to default`,
  });
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
 * People of a statement as arrays that are sent once: `head` is its first subquery, so that they are its first
 * parameters, and are named by their number. In a query of its own the planner does not look into an array, which takes
 * longer than the rest where thousands are written out in ten subqueries (measured with 2,000: 61 ms, and so 13).
 */
export function namedOnce(lists: string[][]): { head: SQL; people: SQL[] } {
  const sent = lists.map((ids) => sql`${`{${ids.join(',')}}`}::uuid[]`);
  return {
    head: sql`looked as (select ${sql.join(sent, sql`, `)})`,
    people: lists.map((_, index) => sql`(select $${digits(index + 1)}::uuid[])::uuid[]`),
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
