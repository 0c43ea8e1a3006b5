import { and, eq } from 'drizzle-orm';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Item } from '../../../src/connectors/contract.ts';
import { newId } from '../../../src/db/ids.ts';
import { closeDatabase, type Database, openDatabase } from '../../../src/db/pool.ts';
import { pendingRawEvents, quarantine, rawEvents } from '../../../src/db/schema/collect.ts';
import { quarantineItems } from '../../../src/flow/collect/quarantine.ts';
import { nameItems, type Origin, storeItems } from '../../../src/flow/collect/store.ts';
import { storeTracked } from '../../../src/flow/collect/track.ts';
import { waitForBlocked } from '../../setup/blocked.ts';
import { createTestDatabase } from '../../setup/database.ts';

let database: Database;
let url: string;
beforeAll(async () => {
  ({ database, url } = await createTestDatabase());
});

/** Postgres ends whoever first looks whether all wait for each other; how long one waits before is its owner's to say. */
function openPatient(seconds: number): Database {
  const settings = encodeURIComponent(`-c deadlock_timeout=${seconds}s`);
  const patient = openDatabase(`${url.replace('//app@', '//postgres@')}&options=${settings}`);
  onTestFinished(async () => await closeDatabase(patient));
  return patient;
}

const origin = (): Origin => ({ workspaceId: newId(), sourceId: newId() });
const order = (externalId: string, payload: Record<string, unknown>, version?: string): Item => ({
  stream: 'orders',
  externalId,
  payload,
  version,
});
const countRaw = async (workspaceId: string) =>
  (await database.db.select().from(rawEvents).where(eq(rawEvents.workspaceId, workspaceId))).length;
const countPending = async (workspaceId: string) =>
  (await database.db.select().from(pendingRawEvents).where(eq(pendingRawEvents.workspaceId, workspaceId)))
    .length;

test('the same items twice change nothing', async () => {
  const from = origin();
  const items = [order('1', { total: '10' }), order('2', { total: '20' })];
  expect(await storeItems(database.db, from, items)).toEqual({
    read: 2,
    new: 2,
    changed: 0,
    unchanged: 0,
    quarantined: 0,
  });
  expect(await storeItems(database.db, from, items)).toEqual({
    read: 2,
    new: 0,
    changed: 0,
    unchanged: 2,
    quarantined: 0,
  });
  expect(await countRaw(from.workspaceId)).toBe(2);
  expect(await countPending(from.workspaceId)).toBe(2);
});

test('an item without a version is known by what it says, whatever the order of its keys', async () => {
  const from = origin();
  await storeItems(database.db, from, [order('1', { a: 1, b: { c: [1, { d: 2, e: 3 }] } })]);
  const again = await storeItems(database.db, from, [order('1', { b: { c: [1, { e: 3, d: 2 }] }, a: 1 })]);
  expect(again).toMatchObject({ new: 0, changed: 0, unchanged: 1 });
  const different = await storeItems(database.db, from, [
    order('1', { a: 1, b: { c: [{ d: 2, e: 3 }, 1] } }),
  ]);
  expect(different).toMatchObject({ new: 0, changed: 1, unchanged: 0 });
});

test('a later version of a known order is a change and an unknown order is new', async () => {
  const from = origin();
  await storeItems(database.db, from, [order('1', { status: 'open' }, 'v1')]);
  const counts = await storeItems(database.db, from, [
    order('1', { status: 'open' }, 'v1'),
    order('1', { status: 'paid' }, 'v2'),
    order('2', { status: 'open' }, 'v1'),
    order('2', { status: 'paid' }, 'v2'),
    order('2', { status: 'paid' }, 'v2'),
  ]);
  expect(counts).toEqual({ read: 5, new: 1, changed: 2, unchanged: 2, quarantined: 0 });
});

test('two businesses may use the same ids without meeting', async () => {
  const [first, second] = [origin(), origin()];
  const shared = newId();
  const items = [order('1', { total: '10' })];
  for (const from of [first, second]) {
    expect(await storeItems(database.db, { ...from, sourceId: shared }, items)).toMatchObject({
      new: 1,
      unchanged: 0,
    });
  }
  expect(await countRaw(first.workspaceId)).toBe(1);
  expect(await countPending(second.workspaceId)).toBe(1);
});

test('the queue keeps the order in which items came', async () => {
  const from = origin();
  const externalIds = Array.from({ length: 50 }, (_, index) => `item-${index}`);
  await storeItems(
    database.db,
    from,
    externalIds.map((externalId) => order(externalId, {}, '')),
  );
  const queued = await database.db
    .select({ externalId: rawEvents.externalId })
    .from(pendingRawEvents)
    .innerJoin(
      rawEvents,
      and(
        eq(rawEvents.workspaceId, pendingRawEvents.workspaceId),
        eq(rawEvents.id, pendingRawEvents.rawEventId),
      ),
    )
    .where(eq(pendingRawEvents.workspaceId, from.workspaceId))
    .orderBy(pendingRawEvents.seq);
  expect(queued.map((row) => row.externalId)).toEqual(externalIds);
});

test('the same items from twenty deliveries at once are kept once', async () => {
  const from = origin();
  const items = Array.from({ length: 40 }, (_, index) => order(String(index), { index }));
  const deliveries = Array.from({ length: 20 }, (_, index) => (index % 2 ? items : items.toReversed()));
  const counts = await Promise.all(
    deliveries.map(async (delivery) => await storeItems(database.db, from, delivery)),
  );
  expect(counts.reduce((sum, count) => sum + count.new, 0)).toBe(40);
  expect(await countRaw(from.workspaceId)).toBe(40);
  expect(await countPending(from.workspaceId)).toBe(40);
});

test('an item with text that cannot be kept is put aside and the others are kept', async () => {
  const from = origin();
  const items = [
    order('nul', { note: 'a\u0000b' }),
    order('half', { note: 'a\ud800b' }),
    order('key', { 'a\u0000': 1 }),
    order('id\u0000', {}),
    order('emoji', { note: '🫖', looksLike: '\\u0000', control: '\u0001' }),
  ];
  const refused = { read: 5, new: 1, changed: 0, unchanged: 0, quarantined: 4 };
  expect(await storeItems(database.db, from, items)).toEqual(refused);
  expect(await storeItems(database.db, from, items)).toEqual({ ...refused, new: 0, unchanged: 1 });
  const rows = await database.db
    .select()
    .from(quarantine)
    .where(eq(quarantine.workspaceId, from.workspaceId));
  expect(rows).toHaveLength(4);
  expect(rows.map((row) => row.payload)).toContainEqual({ note: 'a\ufffdb' });
  expect(rows[0]!.reason).toContain('cannot be kept');
});

test('a refused row is kept with its line and reason, and kept once', async () => {
  const from = { ...origin(), uploadId: newId() };
  const row = {
    stream: 'events',
    line: 7,
    path: 'amount',
    reason: '"ten" is not a number.',
    payload: { amount: 'ten' },
  };
  await quarantineItems(database.db, from, [row, row]);
  await quarantineItems(database.db, from, [row]);
  const kept = await database.db
    .select()
    .from(quarantine)
    .where(eq(quarantine.workspaceId, from.workspaceId));
  expect(kept).toHaveLength(1);
  expect(kept[0]).toMatchObject({
    line: 7,
    path: 'amount',
    reason: '"ten" is not a number.',
    uploadId: from.uploadId,
  });
});

test('a delivery that Postgres ends because two wait for each other is kept all the same', async () => {
  const from = origin();
  const items = [order('1', { total: '10' }), order('2', { total: '20' })];
  const byId = nameItems(from, items).storable.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const [low, high] = byId.map((one) => items.find((item) => item.externalId === one.externalId)!);
  const [ended, other] = [openPatient(3), openPatient(60)];
  let delivery: Promise<unknown> = Promise.resolve();
  await other.db.transaction(async (db) => {
    await storeItems(db, from, [high!]);
    delivery = storeTracked(ended.db, from, { items, refused: [], issues: [] });
    await waitForBlocked(database);
    await storeItems(db, from, [low!]);
  });
  expect(await delivery).toMatchObject({ kept: 2 });
  expect(await countRaw(from.workspaceId)).toBe(2);
  expect(await countPending(from.workspaceId)).toBe(2);
});
