import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { HookRequest, Item } from '../../src/connectors/contract.ts';
import woocommerce from '../../src/connectors/woocommerce/woocommerce.ts';
import { recordedShops, shopVectors } from '../vendors/shop-recordings.ts';
import { refundOrder, startWooServer, type WooServer } from '../vendors/woocommerce.ts';
import { hour, makeCustomer, makeOrder, makeRefund } from '../vendors/woocommerce-rows.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: WooServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

async function start(options: Parameters<typeof startWooServer>[0] = {}, more: object = {}) {
  server = await startWooServer(options);
  return contextFor(woocommerce, server, server.settings, more);
}

const at = (index: number) => new Date(`${hour(index)}Z`);
const map = (payload: Record<string, unknown>, stream = 'orders') =>
  woocommerce.map(
    { stream, externalId: 'x', payload },
    woocommerce.settings.parse({ url: 'https://x.example', consumerKey: 'a', consumerSecret: 'b' }),
  );

describe('reading', () => {
  test('says what it found', async () => {
    const ctx = await start({ customers: 1204, orders: 3 });
    expect(await woocommerce.check(ctx)).toBe('1,204 customers and 3 orders');
  });

  test('brings all customers, whatever their role, and all orders', async () => {
    const ctx = await start({ customers: 150, orders: 230 });
    expect(idsOf((await read(woocommerce, ctx, 'customers')).items)).toHaveLength(150);
    const orders = await read(woocommerce, ctx, 'orders');
    expect(idsOf(orders.items)).toHaveLength(230);
    expect(orders.cursor).toEqual({ since: at(229).toISOString() });
  });

  test('the next run brings orders that changed, and nothing new twice', async () => {
    const ctx = await start({ orders: 30 });
    const first = await read(woocommerce, ctx, 'orders');
    const again = await read(woocommerce, ctx, 'orders', first.cursor);
    expect(again.items).toEqual(first.items.slice(-1));
    server.shop.orders[4] = makeOrder(4, { status: 'cancelled', date_modified_gmt: hour(50) });
    expect(idsOf((await read(woocommerce, ctx, 'orders', again.cursor)).items)).toEqual(['729', '704']);
  });

  test('an order that changes while pages are read is not lost, and no other is for it', async () => {
    const ctx = await start({ orders: 250 });
    const seen = new Map<string, unknown>();
    for await (const page of woocommerce.streams[1]!.pull(ctx, null)) {
      for (const item of page.items) seen.set(item.externalId, item.payload.date_modified_gmt);
      server.shop.orders[0] = makeOrder(0, { date_modified_gmt: hour(600) });
      server.shop.orders[240] = makeOrder(240, { date_modified_gmt: hour(601) });
    }
    expect(seen.size).toBe(250);
    expect([seen.get('700'), seen.get('940')]).toEqual([hour(600), hour(601)]);
  });

  test('customers are read in full once a day, and in between only who is new', async () => {
    const ctx = await start({ customers: 120 });
    const first = await read(woocommerce, ctx, 'customers');
    server.shop.customers.push(makeCustomer(120));
    const second = await read(woocommerce, ctx, 'customers', first.cursor);
    expect(idsOf(second.items)).toEqual(['121']);
    expect((await read(woocommerce, ctx, 'customers', second.cursor)).items).toEqual([]);
    const nextDay = { ...ctx, clock: () => new Date(NOW.getTime() + 25 * 3_600_000) };
    const third = await read(woocommerce, nextDay, 'customers', second.cursor);
    expect(idsOf(third.items)).toHaveLength(121);
    expect(third.items[0]).toEqual(first.items[0]);
  });

  test('a host too weak for a hundred rows is asked for twenty at a time', async () => {
    const ctx = await start({ customers: 230, orders: 230 });
    server.shop.mostInTime = 20;
    expect(idsOf((await read(woocommerce, ctx, 'orders')).items)).toHaveLength(230);
    expect(idsOf((await read(woocommerce, ctx, 'customers')).items)).toHaveLength(230);
  });

  test('keys go in the address where the web server drops their header', async () => {
    const ctx = await start({ orders: 3 });
    server.shop.dropsHeader = true;
    expect(idsOf((await read(woocommerce, ctx, 'orders')).items)).toHaveLength(3);
    server.shop.secret = 'another';
    expect((await read(woocommerce, ctx, 'orders')).error).toMatchObject({
      needsReconnect: true,
      message: expect.stringContaining('REST API'),
    });
  });

  test('a slice of time is read without moving the cursor', async () => {
    const ctx = await start({ orders: 30, customers: 3 });
    const window = { from: at(20), to: at(25) };
    const { items, cursor } = await read(woocommerce, { ...ctx, window }, 'orders', { since: 'x' });
    expect(idsOf(items)).toHaveLength(10);
    expect(cursor).toEqual({ since: 'x' });
    expect(idsOf((await read(woocommerce, { ...ctx, window }, 'customers', null)).items)).toHaveLength(3);
  });

  test('nothing that opens or spies is stored', async () => {
    const ctx = await start({ orders: 2, customers: 2 });
    const stored = JSON.stringify([
      await read(woocommerce, ctx, 'orders'),
      await read(woocommerce, ctx, 'customers'),
    ]);
    for (const secret of ['wc_order_0', '203.0.113.7', 'private', 'wc_last_active'])
      expect(stored).not.toContain(secret);
  });
});

describe('an order', () => {
  test('counts its goods before shipping and tax; an account is named by its number', async () => {
    await start();
    expect(map(makeOrder(0))).toEqual([
      {
        type: 'event',
        key: 'placed',
        identifiers: [{ kind: 'source', value: '2' }],
        name: 'order_placed',
        occurredAt: at(0),
        value: '100.00',
        currency: 'EUR',
        properties: {
          order_id: '700',
          payment_id: 'ch_0',
          payment_method: 'stripe',
          status: 'completed',
          products: [{ product_id: '93', sku: 'tea', name: 'Tea – green', quantity: 2, price: '50' }],
          utm_source: 'google',
          utm_medium: 'cpc',
        },
      },
    ]);
  });

  test('of a guest makes a person by the address typed', async () => {
    await start();
    const identifiers = [{ kind: 'email', value: 'buyer1@example.com' }];
    expect(map(makeOrder(1))).toMatchObject([
      { type: 'person', identifiers, traits: { firstName: 'Buyer', city: 'Berlin' }, consents: [] },
      { name: 'order_placed', identifiers },
    ]);
    expect(map(makeOrder(1, { billing: { email: '' } }))).toEqual([]);
  });

  test('takes back what was given back for goods, when it was given back', async () => {
    const ctx = await start({ orders: 3 });
    refundOrder(server.shop, 700, makeRefund(1, '55.00', { goods: '-40.00', shipping: '-10.00' }));
    refundOrder(server.shop, 702, makeRefund(2, '12.10'));
    const records = mapAll(woocommerce, (await read(woocommerce, ctx, 'orders')).items, ctx.settings);
    expect(records.filter((one) => one.type === 'event' && one.name === 'order_refunded')).toMatchObject([
      {
        key: 'refund:1',
        value: '40.00',
        occurredAt: at(101),
        properties: { order_id: '700', refund_id: '1' },
      },
      {
        key: 'refund:2',
        value: '10.00',
        occurredAt: at(102),
        properties: { order_id: '702', refund_id: '2' },
      },
    ]);
  });

  test.each([
    ['refunded', {}],
    ['cancelled', {}],
    ['cancelled', { date_paid_gmt: null, payment_method: 'bacs' }],
  ])('%s is taken back whole: %o', async (status, changes) => {
    await start();
    const given = makeOrder(0, {
      status,
      ...changes,
      refunds: [makeRefund(1, '60.50', { goods: '-50.00' })],
    });
    const back = map(given).flatMap((one) =>
      one.type === 'event' && one.name === 'order_refunded' ? Number(one.value) : [],
    );
    expect(back.reduce((sum, one) => sum + one, 0)).toBe(100);
  });

  test.each(['pending', 'failed', 'checkout-draft'])('that is %s is none', async (status) => {
    await start();
    expect(map(makeOrder(0, { status }))).toEqual([]);
    expect(map(makeOrder(0, { status: 'cancelled', date_paid_gmt: null }))).toEqual([]);
    expect(map(makeOrder(0, { status: 'trash' }))).toEqual([{ type: 'removed', key: '' }]);
  });
});

test('its own totals: orders counted, money added up by the day it moved', async () => {
  const ctx = await start({ orders: 60, customers: 7 });
  Object.assign(server.shop.orders[1]!, { status: 'pending' });
  Object.assign(server.shop.orders[2]!, { status: 'cancelled', date_modified_gmt: hour(20) });
  const found = await woocommerce.totals!(
    ctx,
    new Date('2026-10-01T00:00:00Z'),
    new Date('2026-10-03T00:00:00Z'),
  );
  expect(found).toEqual([
    { stream: 'customers', day: null, figure: 'people', value: '7' },
    { stream: 'orders', day: '2026-10-01', figure: 'orders', value: '15' },
    { stream: 'orders', day: '2026-10-02', figure: 'orders', value: '24' },
    { stream: 'orders', day: '2026-10-01', figure: 'net_revenue', value: '1500.00', currency: 'EUR' },
    { stream: 'orders', day: '2026-10-01', figure: 'refunds', value: '0.00', currency: 'EUR' },
    { stream: 'orders', day: '2026-10-02', figure: 'net_revenue', value: '2300.00', currency: 'EUR' },
    { stream: 'orders', day: '2026-10-02', figure: 'refunds', value: '100.00', currency: 'EUR' },
  ]);
});

describe('webhooks', () => {
  const post = (body: string, headers: Record<string, string> = {}): HookRequest => ({
    method: 'POST',
    query: {},
    headers,
    body: Buffer.from(body),
    receivedAt: NOW,
  });
  const sign = (body: string, topic: string, secret = 'wc-secret') =>
    post(body, {
      'x-wc-webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
      'x-wc-webhook-topic': topic,
      'x-wc-webhook-delivery-id': 'd1',
    });
  const itemsOf = (request: HookRequest, settings: object): Item[] => {
    const told = woocommerce.hooks!.verify(request, woocommerce.settings.parse(settings));
    if (!('items' in told)) throw new Error(told.answer.body);
    return told.items;
  };

  test('are signed over these bytes, by the secret or the one before it; the ping is answered', async () => {
    await start();
    const { secret, raw_body, valid } = shopVectors.woocommerce;
    const verify = (body: string, signature: string, more: object) =>
      woocommerce.hooks!.verify(
        post(body, { 'x-wc-webhook-signature': signature, 'x-wc-webhook-topic': 'order.updated' }),
        woocommerce.settings.parse({ ...server.settings, ...more }),
      );
    expect(verify(raw_body, valid, { webhookSecret: secret })).toHaveProperty('items');
    expect(verify(raw_body, valid, { webhookSecret: 'new', previousWebhookSecret: secret })).toHaveProperty(
      'items',
    );
    for (const bad of [
      verify(`${raw_body} `, valid, { webhookSecret: secret }),
      verify(raw_body, valid, { webhookSecret: 'new' }),
      verify(raw_body, valid, {}),
      verify(raw_body, '', { webhookSecret: secret }),
    ])
      expect(bad).toMatchObject({ answer: { status: 401 } });
    expect(verify('webhook_id=7', '', {})).toMatchObject({ answer: { status: 200 } });
  });

  test('are filled in with the state of now; what is gone takes back what was said', async () => {
    const ctx = await start({ orders: 2, customers: 2 });
    const settings = { ...server.settings, webhookSecret: 'wc-secret' };
    refundOrder(server.shop, 701, makeRefund(1, '55.00', { goods: '-50.00' }));
    const [order] = itemsOf(sign('{"id":701,"status":"processing"}', 'order.updated'), settings);
    const full = await woocommerce.complete!(ctx, order!);
    expect(full).toEqual(
      (await read(woocommerce, ctx, 'orders')).items.find(({ externalId }) => externalId === '701'),
    );
    const [customer] = itemsOf(sign('{"id":2}', 'customer.updated'), settings);
    expect(await woocommerce.complete!(ctx, customer!)).toMatchObject({
      stream: 'customers',
      payload: { first_name: 'Buyer' },
    });
    for (const [body, topic] of [
      ['{"id":700}', 'order.deleted'],
      ['{"id":999}', 'order.updated'],
      ['{"id":999}', 'customer.updated'],
    ] as const) {
      const [item] = itemsOf(sign(body, topic), settings);
      expect(woocommerce.map(await woocommerce.complete!(ctx, item!), ctx.settings)).toEqual([
        { type: 'removed', key: '' },
      ]);
    }
    expect(itemsOf(sign('{"id":1}', 'coupon.created'), settings)).toEqual([]);
  });
});

test('what the vendor’s own samples become', async () => {
  await start();
  const { customer, order, guest_order } = recordedShops.woocommerce;
  expect(map(customer!, 'customers')).toMatchSnapshot();
  expect(map(order!)).toMatchSnapshot();
  expect(map(guest_order!)).toMatchSnapshot();
});
