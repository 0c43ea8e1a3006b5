import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { alone } from '../../src/db/alone.ts';
import { type Db, rowsOf } from '../../src/db/pool.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database, url } = await createTestDatabase();

test('a connection lost between two statements fails its transaction, and nothing else', async () => {
  const work = database.db.transaction(async (tx) => {
    await loseConnection(await pidOf(tx));
    await tx.execute(sql`select 1`);
  });
  await expect(work).rejects.toThrow();
  expect(await pidOf(database.db)).toBeGreaterThan(0);
});

test('work that is done alone comes to its end when its own connection is lost', async () => {
  const done = await alone(url, 1, async () => {
    const [row] = await rowsOf<{ pid: number }>(
      database.db,
      sql`select pid from pg_stat_activity where application_name = 'segments-alone'`,
    );
    await loseConnection(row!.pid);
    return 'done';
  });
  expect(done).toBe('done');
});

async function pidOf(db: Db): Promise<number> {
  const [row] = await rowsOf<{ pid: number }>(db, sql`select pg_backend_pid() as pid`);
  return row!.pid;
}

/** Returns once Postgres has hung up and what it said last was heard: without a listener that ends the process. */
async function loseConnection(pid: number): Promise<void> {
  const backend = sql`select pid from pg_stat_activity where pid = ${pid}`;
  await database.db.execute(sql`select pg_terminate_backend(${pid}::int)`);
  while ((await rowsOf(database.db, backend)).length > 0) await sleep(5);
}
