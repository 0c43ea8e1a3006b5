import type { Database, Db } from './pool.ts';

/** Fewer people are looked at sooner than a second statement is begun. */
export const WORTH_A_READER = 500;

/**
 * Work that only reads, on a connection of its own beside a transaction that is busy; null where none is free. It is
 * never waited for: who holds one connection and waits for another may wait for himself.
 */
export async function withReader<T>(database: Database, work: (reader: Db) => Promise<T>): Promise<T | null> {
  const { waitingCount, idleCount, totalCount, options } = database.pool;
  const isOneFree = waitingCount === 0 && (idleCount > 0 || totalCount < options.max);
  if (!isOneFree) return null;
  return await database.db.transaction(async (reader) => await work(reader), { accessMode: 'read only' });
}

/** Both come to their end before the failure of one is told: nothing goes on behind a transaction that is given up. */
export async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return await Promise.all([one, other]);
}
