import { afterEach, expect, test } from 'vitest';
import shopify from '../../src/connectors/shopify/shopify.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';
import { hour, makeOrder } from '../vendors/shopify-rows.ts';
import { contextFor, idsOf, type Reading, read } from './reading.ts';

/** 100000 on demand: `SHOPIFY_ORDERS=100000`. */
const ORDERS = Number(process.env.SHOPIFY_ORDERS ?? 2000);

let server: ShopifyServer;
afterEach(async () => {
  expect([...server.violations, ...server.bulk.violations]).toEqual([]);
  await server.close();
});

async function start(count = 1500) {
  const made = { size: count, at: (index: number) => makeOrder(index, {}, 1000) };
  server = await startShopifyServer({ made });
  server.shop.now = hour(count);
  return contextFor(shopify, server, server.settings, { allow: [server.host, server.bulk.host], tries: 1 });
}

test('a first load comes as one file, with its size known from the start and memory flat', async () => {
  const ctx = await start(ORDERS);
  const startedAt = performance.now();
  let [count, lines, peak, total] = [0, 0, 0, 0];
  let cursor: unknown;
  for await (const page of shopify.streams[1]!.pull(ctx, null)) {
    count += page.items.length;
    for (const { payload } of page.items) lines += (payload.lineItems as unknown[]).length;
    total = page.total ?? total;
    peak = Math.max(peak, process.memoryUsage().rss);
    cursor = page.cursor;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${count} orders, ${Math.round(count / seconds)} a second, ${Math.round(peak / 1e6)} MB at most`,
  );
  expect(total).toBe(ORDERS);
  expect(count).toBeGreaterThanOrEqual(ORDERS);
  expect(lines).toBeGreaterThanOrEqual(ORDERS * 1.9);
  expect(peak).toBeLessThan(600e6);
  expect(cursor).toMatchObject({ bulk: null });
}, 600_000);

test('a run that breaks off goes on in the same file, behind what was stored', async () => {
  const ctx = await start();
  server.bulk.downloads = [{ lines: 2500, how: 'cut' }];
  const broken = await read(shopify, ctx, 'orders');
  expect(broken.error).toMatchObject({ retryable: true, message: expect.stringContaining('broke off') });
  expect(broken.cursor).toMatchObject({ since: null, bulk: { lines: expect.any(Number) } });
  const rest = await read(shopify, ctx, 'orders', broken.cursor);
  expect(rest.error).toBeNull();
  expect(server.bulk.operations).toHaveLength(1);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(1500);
  expect(linesOf([broken, rest])).toBe(3000);
});

test('says how far Shopify is while it writes the file, and after a break what is left of it', async () => {
  const ctx = await start();
  server.bulk.polls = 2;
  const waiting: (string | undefined)[] = [];
  for await (const page of shopify.streams[1]!.pull(ctx, null)) {
    waiting.push(page.waiting);
    expect(page.total).toBe(1500);
  }
  expect(waiting.slice(0, 5)).toEqual([
    'Shopify is asked for a file of all orders.',
    'Shopify is writing a file of all orders: 750 of 1,500 are in it.',
    'Shopify is writing a file of all orders: 1,500 of 1,500 are in it.',
    'Shopify has written the file of all orders; it is being fetched.',
    undefined,
  ]);
  expect(await shopify.streams[1]!.count?.(ctx)).toBe(1500);
  server.bulk.downloads = [{ lines: 2500, how: 'cut' }];
  const { items, cursor } = await read(shopify, ctx, 'orders');
  expect(items).toHaveLength(500);
  for await (const page of shopify.streams[1]!.pull(ctx, cursor)) expect(page.total).toBe(1000);
});

test('what changed while the file was written is read once more', async () => {
  const ctx = await start();
  server.shop.now = hour(1490);
  const { items, cursor } = await read(shopify, ctx, 'orders');
  expect(items.slice(1500).map(({ externalId }) => Number(externalId.slice(-4)))).toEqual([
    1490, 1491, 1492, 1493, 1494, 1495, 1496, 1497, 1498, 1499,
  ]);
  expect(cursor).toMatchObject({ bulk: null });
});

test('a file that ends early without a word is found out by its count, and made anew', async () => {
  const ctx = await start();
  server.bulk.downloads = [{ lines: 2900, how: 'short' }];
  const short = await read(shopify, ctx, 'orders');
  expect(short.error).toMatchObject({ retryable: true, message: expect.stringContaining('made anew') });
  expect(short.cursor).toEqual({ since: null, bulk: null });
  const next = await read(shopify, ctx, 'orders', short.cursor);
  expect(server.bulk.operations).toHaveLength(2);
  expect(idsOf(next.items)).toHaveLength(1500);
});

test('an operation that fails is begun again; one that may not read asks for a person', async () => {
  const ctx = await start();
  server.bulk.ends = [{ status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR' }];
  expect(await read(shopify, ctx, 'orders')).toMatchObject({
    error: { retryable: true },
    cursor: { bulk: null },
  });
  server.bulk.ends = [{ status: 'FAILED', errorCode: 'ACCESS_DENIED' }];
  expect((await read(shopify, ctx, 'orders')).error).toMatchObject({ needsReconnect: true });
});

test('one that a dead run left behind is taken over, another question is waited for', async () => {
  const ctx = await start();
  server.bulk.polls = 2;
  for await (const _page of shopify.streams[1]!.pull(ctx, null)) break;
  const { error, items } = await read(shopify, ctx, 'orders');
  expect(error).toBeNull();
  expect(server.bulk.operations).toHaveLength(1);
  expect(idsOf(items)).toHaveLength(1500);
  server.bulk.operations.push({
    ...server.bulk.operations[0]!,
    id: 'gid://x/9',
    query: '{ shop { id } }',
    polls: 9,
  });
  expect((await read(shopify, ctx, 'orders')).error).toMatchObject({
    retryable: true,
    retryAfterMs: 300_000,
  });
});

function linesOf(readings: Reading[]): number {
  const orders = new Map(readings.flatMap(({ items }) => items).map((item) => [item.externalId, item]));
  return [...orders.values()].reduce((sum, { payload }) => sum + (payload.lineItems as unknown[]).length, 0);
}
