import { afterEach, describe, expect, test } from 'vitest';
import shopify from '../../src/connectors/shopify/shopify.ts';
import { type ShopifyServer, startShopifyServer, throttled } from '../vendors/shopify.ts';
import { hour, makeCustomer, makeOrder, money, type ShopifyRow } from '../vendors/shopify-rows.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: ShopifyServer;
afterEach(async () => {
  expect([...server.violations, ...server.bulk.violations]).toEqual([]);
  await server.close();
});

async function start(options: Parameters<typeof startShopifyServer>[0] = {}, more: object = {}) {
  server = await startShopifyServer(options);
  const allow = [server.host, server.bulk.host];
  return contextFor(shopify, server, server.settings, { allow, ...more });
}

const records = (row: ShopifyRow, stream = 'orders') =>
  shopify.map({ stream, externalId: 'x', payload: row }, shopify.settings.parse(server.settings));

describe('the connection', () => {
  test('says what it found', async () => {
    const ctx = await start({ orders: 3, customers: 4 });
    expect(await shopify.check(ctx)).toBe('Ada’s Tea: 4 customers, 3 orders');
    server.shop.scopes = ['read_customers', 'read_orders'];
    for (const one of server.customers) Object.assign(one, { firstName: null, defaultEmailAddress: null });
    const said = await shopify.check(ctx);
    expect(said).toContain('read_all_orders');
    expect(said).toContain('protected customer data');
  });

  test('takes the name of a shop however it is pasted, and an old token in place of an app', () => {
    const parse = (given: object) => shopify.settings.safeParse(given);
    const keys = { clientId: 'a', clientSecret: 'b' };
    expect(parse({ shop: 'https://Ada.myshopify.com/admin', ...keys }).data).toMatchObject({
      shop: 'ada.myshopify.com',
    });
    expect(parse({ shop: 'ada', accessToken: 'shpat_1' }).success).toBe(true);
    expect(parse({ shop: 'ada' }).success).toBe(false);
    expect(parse({ shop: 'ada.example.com', ...keys }).success).toBe(false);
  });

  test('a secret that is not accepted, a token taken back and a missing scope ask for a person', async () => {
    const ctx = await start();
    server.shop.clientSecret = 'another';
    const refused = await read(shopify, ctx, 'orders');
    expect(refused.error).toMatchObject({
      needsReconnect: true,
      message: expect.stringContaining('client ID and secret'),
    });
    server.shop.clientSecret = 'hush';
    const denied = {
      message: 'Access denied for orders field. Required access: `read_orders` access scope.',
      extensions: { code: 'ACCESS_DENIED' },
    };
    server.plan('none', { status: 200, json: { data: null, errors: [denied] } });
    expect((await read(shopify, ctx, 'orders')).error).toMatchObject({
      needsReconnect: true,
      message: expect.stringContaining('the scope read_orders'),
    });
    server.plan('none', { status: 401, json: {} });
    expect((await read(shopify, ctx, 'orders')).error).toMatchObject({ needsReconnect: true });
  });

  test('throttled with status 200, it waits until the bucket has filled', async () => {
    const ctx = await start({ orders: 2 });
    server.plan('none', throttled(900, 400));
    expect((await read(shopify, ctx, 'orders')).error).toBeNull();
    expect(ctx.waits).toEqual([5000]);
  });
});

describe('reading in pages', () => {
  test('brings every row, in as many as a question may cost', async () => {
    const ctx = await start({ orders: 40, customers: 30 });
    expect(idsOf((await read(shopify, ctx, 'orders')).items)).toHaveLength(40);
    const customers = await read(shopify, ctx, 'customers');
    expect(idsOf(customers.items)).toHaveLength(30);
    expect(customers.items[0]?.externalId).toBe('9007199254740993');
    expect(server.requests.every(({ body }) => !body.includes('bulkOperationRunQuery'))).toBe(true);
  });

  test('the next run brings what changed, and nothing new twice', async () => {
    const ctx = await start({ orders: 40 });
    const first = await read(shopify, ctx, 'orders');
    const again = await read(shopify, ctx, 'orders', first.cursor);
    expect(again.items.map(({ externalId, version }) => [externalId, version])).toEqual(
      first.items.slice(-1).map(({ externalId, version }) => [externalId, version]),
    );
    server.orders[3] = makeOrder(3, { updatedAt: hour(90), tags: ['packed'] });
    const third = await read(shopify, ctx, 'orders', again.cursor);
    expect(idsOf(third.items)).toEqual(['5000000000039', '5000000000003']);
    expect(third.cursor).toEqual({ since: hour(90).replace('Z', '.000Z'), bulk: null });
  });

  test('two states of the same second are two versions', async () => {
    const ctx = await start({ orders: 1 });
    const before = await read(shopify, ctx, 'orders');
    server.orders[0] = makeOrder(0, { tags: ['late'] });
    const after = await read(shopify, ctx, 'orders', before.cursor);
    expect(after.items[0]?.version?.split('#')[0]).toBe(before.items[0]?.version?.split('#')[0]);
    expect(after.items[0]?.version).not.toBe(before.items[0]?.version);
  });

  test('a row that changes while pages are read is not lost, and no other is for it', async () => {
    const ctx = await start({ orders: 40 });
    const seen = new Map<string, unknown>();
    for await (const page of shopify.streams[1]!.pull(ctx, null)) {
      for (const item of page.items) seen.set(item.externalId, item.payload.updatedAt);
      server.orders[0] = makeOrder(0, { updatedAt: hour(200) });
      server.orders[30] = makeOrder(30, { updatedAt: hour(201) });
    }
    expect(seen.size).toBe(40);
    expect([seen.get('5000000000000'), seen.get('5000000000030')]).toEqual([hour(200), hour(201)]);
  });

  test('many rows of one second are all read', async () => {
    const ctx = await start({ orders: 30 });
    for (const one of server.orders) one.updatedAt = hour(5);
    expect(idsOf((await read(shopify, ctx, 'orders')).items)).toHaveLength(30);
  });

  test('a row dated in the future does not carry the cursor past now', async () => {
    const ctx = await start({ orders: 3 });
    server.orders[2]!.updatedAt = '2031-01-01T00:00:00Z';
    expect((await read(shopify, ctx, 'orders')).cursor).toEqual({ since: NOW.toISOString(), bulk: null });
  });

  test('a slice of time is read without moving the cursor', async () => {
    const ctx = await start({ orders: 40 });
    const window = { from: new Date(hour(30)), to: new Date(hour(35)) };
    const { items, cursor } = await read(shopify, { ...ctx, window }, 'orders', {
      since: hour(39),
      bulk: null,
    });
    expect(idsOf(items)).toEqual(expect.arrayContaining(['5000000000030', '5000000000034']));
    expect(idsOf(items)).not.toContain('5000000000029');
    expect(cursor).toEqual({ since: hour(39), bulk: null });
  });
});

describe('an order', () => {
  test('is placed with the value of its goods, and says what brought the buyer', async () => {
    await start();
    expect(records(makeOrder(1))).toEqual([
      {
        type: 'event',
        key: 'placed',
        identifiers: [{ kind: 'source', value: '9007199254740994' }],
        name: 'order_placed',
        occurredAt: new Date(hour(1)),
        value: '120.00',
        currency: 'EUR',
        properties: {
          order_id: '5000000000001',
          order_number: '#1001',
          payment_status: 'paid',
          sales_channel: 'web',
          products: [
            { name: 'Tea 0', sku: 'tea-0', quantity: 1, price: '100.00' },
            { name: 'Tea 1', sku: 'tea-1', quantity: 1, price: '20.00' },
          ],
          utm_source: 'google',
          utm_medium: 'cpc',
          utm_campaign: 'autumn',
          landing_page: 'https://shop.example.com/tea',
        },
      },
    ]);
  });

  test('with tax in its prices counts without it', async () => {
    await start();
    const order = makeOrder(0, {
      taxesIncluded: true,
      subtotalPriceSet: money(119),
      totalTaxSet: money(19),
      totalShippingPriceSet: money(0),
      totalPriceSet: money(119),
    });
    expect(records(order)).toMatchObject([{ value: '100.00' }]);
  });

  test('given back in part and then whole takes back exactly what it had brought', async () => {
    await start();
    const refund = (id: number, amount: number) => ({
      id: `gid://shopify/Refund/${id}`,
      createdAt: hour(50 + id),
      totalRefundedSet: money(amount),
    });
    const part = makeOrder(0, {
      totalRefundedSet: money(55),
      refunds: [refund(1, 55)],
      displayFinancialStatus: 'PARTIALLY_REFUNDED',
    });
    expect(records(part)).toMatchObject([
      { name: 'order_placed', value: '100.00' },
      {
        key: 'refund:1',
        name: 'order_refunded',
        value: '50.00',
        currency: 'EUR',
        occurredAt: new Date(hour(51)),
        properties: { order_id: '5000000000000', refund_id: '1' },
      },
    ]);
    const whole = makeOrder(0, {
      totalRefundedSet: money(121),
      totalRefundedShippingSet: money(10),
      refunds: [refund(1, 55), refund(2, 66)],
      displayFinancialStatus: 'REFUNDED',
    });
    const amounts = records(whole).flatMap((one) =>
      one.type === 'event' && one.name === 'order_refunded' ? Number(one.value) : [],
    );
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(100, 9);
  });

  test('cancelled without a payment back is fully refunded all the same', async () => {
    await start();
    expect(records(makeOrder(2, { cancelledAt: hour(9), displayFinancialStatus: 'VOIDED' }))).toMatchObject([
      { name: 'order_placed', value: '140.00' },
      { name: 'order_refunded', value: '140.00', occurredAt: new Date(hour(9)) },
    ]);
  });

  test('that is a test is no order; without a customer it is known by its address', async () => {
    await start();
    expect(records(makeOrder(0, { test: true }))).toEqual([]);
    expect(records(makeOrder(0, { customer: null }))).toMatchObject([
      { identifiers: [{ kind: 'email', value: 'buyer0@example.com' }] },
    ]);
    expect(records(makeOrder(0, { customer: null, email: null }))).toEqual([]);
  });
});

test('a customer is a person with consent as decided; an account is a signup', async () => {
  await start();
  const [yes, no, none] = [0, 1, 2].map((index) => records(makeCustomer(index), 'customers'));
  expect(yes).toMatchObject([
    {
      type: 'person',
      identifiers: [{ kind: 'source' }, { kind: 'email', value: 'buyer0@example.com' }],
      traits: { firstName: 'Buyer', country: 'DE', postalCode: '10115', shopifyTags: ['vip'] },
      consents: [
        {
          channel: 'email',
          topic: null,
          state: 'granted',
          decidedAt: new Date(hour(0)),
          proof: { optInLevel: 'SINGLE_OPT_IN' },
        },
        { channel: 'sms', state: 'granted' },
      ],
    },
    { name: 'signed_up' },
    { name: 'newsletter_subscribed' },
  ]);
  expect(no).toMatchObject([{ consents: [{ channel: 'email', state: 'withdrawn' }] }]);
  expect(none).toMatchObject([{ consents: [] }, { name: 'signed_up' }]);
});

test('its own totals: people and orders counted, money added up by the day it moved', async () => {
  const ctx = await start({ orders: 60 });
  server.orders[1] = makeOrder(1, { test: true, updatedAt: hour(70) });
  server.orders[2] = makeOrder(2, { cancelledAt: hour(20), updatedAt: hour(71) });
  const found = await shopify.totals!(
    ctx,
    new Date('2026-10-01T00:00:00Z'),
    new Date('2026-10-03T00:00:00Z'),
  );
  expect(found).toContainEqual({ stream: 'orders', day: '2026-10-01', figure: 'orders', value: '15' });
  expect(found).toContainEqual({ stream: 'customers', day: '2026-10-01', figure: 'people', value: '5' });
  const placed = await read(shopify, ctx, 'orders');
  const day = mapAll(shopify, placed.items, ctx.settings).filter(
    (one) => one.type === 'event' && one.occurredAt < new Date('2026-10-02'),
  );
  const gross = day.reduce((sum, one) => sum + Number(one.type === 'event' ? one.value : 0), 0);
  expect(found).toContainEqual({
    stream: 'orders',
    day: '2026-10-01',
    figure: 'net_revenue',
    value: gross.toFixed(2),
    currency: 'EUR',
  });
  expect(found).toContainEqual({
    stream: 'orders',
    day: '2026-10-02',
    figure: 'refunds',
    value: '140.00',
    currency: 'EUR',
  });
});
