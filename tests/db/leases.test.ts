import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { Conflict } from '../../src/base/errors.ts';
import { newId } from '../../src/db/ids.ts';
import { checkLease, type Lease, withLease } from '../../src/db/leases.ts';
import { leases } from '../../src/db/schema/db.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});

test('one process at a time does a job of a workspace, and another workspace is not kept waiting', async () => {
  const workspaceId = newId();
  const wish = { workspaceId, job: 'carry' };
  let isInside = false;
  const first = withLease(t.database, wish, async () => {
    isInside = true;
    await sleep(300);
    isInside = false;
  });
  await sleep(100);
  expect(await withLease(t.database, wish, async () => 'mine')).toBeNull();
  expect(await withLease(t.database, { ...wish, workspaceId: newId() }, async () => isInside)).toBe(true);
  const after = await withLease(t.database, { ...wish, waitMs: 5_000 }, async () => isInside);
  expect(after).toBe(false);
  await first;
});

test('of many that want it at the same moment one gets it', async () => {
  const wish = { workspaceId: newId(), job: 'carry' };
  const work = async () => {
    await sleep(200);
    return true;
  };
  const all = await Promise.all(Array.from({ length: 6 }, () => withLease(t.database, wish, work)));
  expect(all.filter(Boolean)).toHaveLength(1);
});

test('asking for a held lease does not wait for a writing transaction of its holder', async () => {
  const wish = { workspaceId: newId(), job: 'carry' };
  await withLease(t.database, wish, async (lease) => {
    await t.database.db.transaction(async (db) => {
      await checkLease(db, lease);
      const startedAt = performance.now();
      expect(await withLease(t.database, wish, async () => 'mine')).toBeNull();
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    });
  });
});

test('whoever is at work keeps the job even when its time runs out within one long transaction', async () => {
  const wish = { workspaceId: newId(), job: 'refresh', renewMs: 20 };
  await withLease(t.database, { ...wish, renewMs: 60_000 }, async (lease) => {
    await t.database.db
      .update(leases)
      .set({ until: new Date(0) })
      .where(eq(leases.workspaceId, wish.workspaceId));
    await t.database.db.transaction(async (db) => {
      await checkLease(db, lease);
      expect(await withLease(t.database, { ...wish, waitMs: 300 }, async () => 'mine')).toBeNull();
    });
  });
  expect(await withLease(t.database, wish, async () => 'mine')).toBe('mine');
});

test('a long transaction is renewed meanwhile, and no second connection waits for its end', async () => {
  const wish = { workspaceId: newId(), job: 'refresh', renewMs: 10 };
  const { database } = t;
  await withLease(database, wish, async (lease) => {
    await database.db.transaction(async (db) => {
      await checkLease(db, lease);
      const before = await untilOf(wish.workspaceId);
      await expect.poll(async () => (await untilOf(wish.workspaceId)) > before).toBe(true);
      await expect.poll(() => database.pool.totalCount - database.pool.idleCount).toBe(1);
    });
  });
  expect(await withLease(database, wish, async () => 'mine')).toBe('mine');
});

async function untilOf(workspaceId: string): Promise<Date> {
  const [row] = await t.database.db.select().from(leases).where(eq(leases.workspaceId, workspaceId));
  return row!.until;
}

test('who lost the lease can no longer write, and its token is never given again', async () => {
  const wish = { workspaceId: newId(), job: 'carry' };
  const tokens: number[] = [];
  await withLease(t.database, wish, async (lost: Lease) => {
    tokens.push(lost.token);
    await t.database.db
      .update(leases)
      .set({ until: new Date(0) })
      .where(eq(leases.workspaceId, wish.workspaceId));
    await withLease(t.database, wish, async (lease) => {
      tokens.push(lease.token);
      await t.database.db.transaction(async (db) => await checkLease(db, lease));
      await expect(t.database.db.transaction(async (db) => await checkLease(db, lost))).rejects.toThrow(
        Conflict,
      );
    });
  });
  expect(tokens[1]).toBeGreaterThan(tokens[0]!);
});
