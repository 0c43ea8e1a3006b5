import { createHmac } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { HookRequest, Item } from '../../src/connectors/contract.ts';
import shopify from '../../src/connectors/shopify/shopify.ts';
import { recordedShops, shopVectors } from '../vendors/shop-recordings.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';
import { makeCustomer, makeOrder } from '../vendors/shopify-rows.ts';
import { contextFor, NOW } from './reading.ts';

let server: ShopifyServer | undefined;
afterEach(async () => {
  expect(server?.violations ?? []).toEqual([]);
  await server?.close();
  server = undefined;
});

const settings = shopify.settings.parse({ shop: 'example-store', clientId: 'a', clientSecret: 'hush' });

function post(body: string, headers: Record<string, string>): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(body), receivedAt: NOW };
}

function sign(body: string, topic: string, secret = 'hush', shop = 'ada.myshopify.com'): HookRequest {
  return post(body, {
    'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    'x-shopify-topic': topic,
    'x-shopify-shop-domain': shop,
    'x-shopify-triggered-at': '2026-11-01T10:00:00.000000000Z',
  });
}

function itemsOf(request: HookRequest, given = settings): Item[] {
  const told = shopify.hooks!.verify(request, given);
  if (!('items' in told)) throw new Error(`It was refused: ${told.answer.body}`);
  return told.items;
}

test('the signature that Shopify’s way of signing gives is accepted, over these bytes only', () => {
  const { raw_body, valid, secret } = shopVectors.shopify;
  const given = { ...settings, clientSecret: secret };
  const verify = (body: string, signature: string, by = given) =>
    shopify.hooks!.verify(
      post(body, { 'x-shopify-hmac-sha256': signature, 'x-shopify-topic': 'customers/update' }),
      by,
    );
  expect(verify(raw_body, valid)).toHaveProperty('items');
  expect(
    verify(raw_body, valid, { ...given, clientSecret: 'new', previousClientSecret: secret }),
  ).toHaveProperty('items');
  for (const bad of [
    verify(`${raw_body} `, valid),
    verify(raw_body, ''),
    verify(raw_body, valid, { ...given, clientSecret: 'new' }),
    verify(raw_body, valid, { ...given, clientSecret: '' }),
  ])
    expect(bad).toMatchObject({ answer: { status: 401 } });
});

test.each(Object.entries(recordedShops.shopify))('%s, as Shopify’s own sample has it', (_name, sample) => {
  const headers = Object.fromEntries(
    Object.entries(sample.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  expect(itemsOf(post(sample.raw_body, headers))).toMatchSnapshot();
});

test('the webhook of another shop of the same app is not ours', () => {
  expect(
    shopify.hooks!.verify(sign('{"id":1}', 'orders/create', 'hush', 'other.myshopify.com'), settings),
  ).toMatchObject({ answer: { status: 401 } });
});

test('a notice is filled in with the state of now, so neither repeats nor order matter', async () => {
  server = await startShopifyServer({ orders: 2, customers: 2 });
  const ctx = contextFor(shopify, server, server.settings);
  const told = itemsOf(
    sign(JSON.stringify({ admin_graphql_api_id: makeOrder(1).id }), 'orders/updated'),
    ctx.settings,
  );
  server.orders[1] = makeOrder(1, { updatedAt: '2026-11-19T10:00:00Z', tags: ['packed'] });
  const [first, again] = [await shopify.complete!(ctx, told[0]!), await shopify.complete!(ctx, told[0]!)];
  expect(first).toEqual(again);
  expect(first).toMatchObject({
    stream: 'orders',
    externalId: '5000000000001',
    payload: { tags: ['packed'] },
  });
  const [customer] = itemsOf(
    sign(`{"id":${String(makeCustomer(1).legacyResourceId)}}`, 'customers/update'),
    ctx.settings,
  );
  expect(await shopify.complete!(ctx, customer!)).toMatchObject({
    externalId: '9007199254740994',
    payload: { firstName: 'Buyer' },
  });
});

test('what is deleted, erased, joined to another or gone by now takes back what was said', async () => {
  server = await startShopifyServer();
  const ctx = contextFor(shopify, server, server.settings);
  const map = (item: Item) => shopify.map(item, ctx.settings);
  const removed = [{ type: 'removed', key: '' }];
  const [gone] = itemsOf(sign('{"id":820982911946154508}', 'orders/delete'), ctx.settings);
  expect(gone).toMatchObject({ stream: 'orders', externalId: '820982911946154508' });
  expect(map(await shopify.complete!(ctx, gone!))).toEqual(removed);
  const [vanished] = itemsOf(sign('{"id":77}', 'customers/update'), ctx.settings);
  expect(map(await shopify.complete!(ctx, vanished!))).toEqual(removed);
  const joined = itemsOf(
    sign(
      '{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/1","admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/2"}',
      'customers/merge',
    ),
    ctx.settings,
  );
  expect(joined).toMatchObject([{ externalId: '1' }, { externalId: '2', payload: { deleted: true } }]);
});

test('registers each webhook once, renews what Shopify dropped, and takes all of them away', async () => {
  server = await startShopifyServer();
  const ctx = contextFor(shopify, server, server.settings);
  const url = 'https://segments.example.com/hooks/t';
  await shopify.hooks!.register!(ctx, url);
  const count = server.shop.hooks.length;
  expect(server.shop.hooks.map(({ topic }) => topic)).toEqual(
    expect.arrayContaining(['ORDERS_UPDATED', 'CUSTOMERS_DELETE']),
  );
  server.shop.hooks.pop();
  await shopify.hooks!.register!(ctx, url);
  expect(server.shop.hooks).toHaveLength(count);
  await shopify.hooks!.unregister!(ctx, 'https://segments.example.com/hooks/another');
  expect(server.shop.hooks).toHaveLength(count);
  await shopify.hooks!.unregister!(ctx, url);
  expect(server.shop.hooks).toEqual([]);
});
