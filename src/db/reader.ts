import { sql } from 'drizzle-orm';
import { stateOf } from './deadlocks.ts';
import type { Database, Db } from './pool.ts';

/** Fewer people are looked at sooner than a second statement is begun. */
export const WORTH_A_READER = 500;

/**
 * Who would lock a table (a migration) may be waiting for the transaction beside us; a reader that waited behind it would
 * be a circle which Postgres cannot see.
 */
const LOCK_MS = 1_000;
const LOCKED = '55P03';

/**
 * Work that only reads, on a connection of its own beside a transaction that is busy; null where none is free, or what
 * it reads is locked. It is never waited for: who holds one connection and waits for another may wait for himself.
 */
export async function withReader<T>(database: Database, work: (reader: Db) => Promise<T>): Promise<T | null> {
  const { waitingCount, idleCount, totalCount, options } = database.pool;
  const isOneFree = waitingCount === 0 && (idleCount > 0 || totalCount < options.max);
  if (!isOneFree) return null;
  try {
    return await database.db.transaction(async (reader) => await readSoon(reader, work), {
      accessMode: 'read only',
    });
  } catch (error) {
    if (stateOf(error) !== LOCKED) throw error;
    return null;
  }
}

async function readSoon<T>(reader: Db, work: (reader: Db) => Promise<T>): Promise<T> {
  await reader.execute(sql`select set_config('lock_timeout', ${`${LOCK_MS}ms`}, true)`);
  return await work(reader);
}

/** Both come to their end before the failure of one is told: nothing goes on behind a transaction that is given up. */
export async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return await Promise.all([one, other]);
}
