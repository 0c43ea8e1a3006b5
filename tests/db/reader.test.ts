import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { closeDatabase, openDatabase, rowsOf } from '../../src/db/pool.ts';
import { bothOf, withReader } from '../../src/db/reader.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});

const whoami = sql`select pg_backend_pid() as pid`;

test('a reader works on a connection of its own while a transaction is open', async () => {
  await t.database.db.transaction(async (tx) => {
    const [own] = await rowsOf<{ pid: number }>(tx, whoami);
    const read = await withReader(
      t.database,
      async (reader) => await rowsOf<{ pid: number }>(reader, whoami),
    );
    expect(read![0]!.pid).not.toBe(own!.pid);
  });
});

test('a reader cannot write', async () => {
  const writing = withReader(
    t.database,
    async (reader) => await reader.execute(sql`create table written_by_a_reader (id int)`),
  );
  await expect(writing).rejects.toMatchObject({
    cause: { message: 'cannot execute CREATE TABLE in a read-only transaction' },
  });
});

test('nobody waits for a reader where every connection is taken', async () => {
  const narrow = openDatabase(t.url, { max: 1 });
  try {
    await narrow.db.transaction(async () => {
      expect(await withReader(narrow, async () => 'read')).toBeNull();
    });
    expect(await withReader(narrow, async () => 'read')).toBe('read');
  } finally {
    await closeDatabase(narrow);
  }
});

test('a reader does not wait behind who locks a table, for that one may wait for us', async () => {
  await t.database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table events in access exclusive mode`);
    const count = sql`select count(*) as events from events`;
    expect(await withReader(t.database, async (reader) => await rowsOf(reader, count))).toBeNull();
  });
});

test('the failure of one is told when the other has come to its end', async () => {
  let hasEnded = false;
  const failing = Promise.reject(new Error('broken'));
  const ending = new Promise((resolve) => setTimeout(resolve, 100)).then(() => {
    hasEnded = true;
  });
  await expect(bothOf(failing, ending)).rejects.toThrow('broken');
  expect(hasEnded).toBe(true);
});
