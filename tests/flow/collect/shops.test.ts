import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource, getSource, type Source } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { refreshFacts } from '../../../src/flow/score/facts.sql.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { startShopifyServer } from '../../vendors/shopify.ts';
import { makeOrder as makeShopifyOrder, money, hour as shopifyHour } from '../../vendors/shopify-rows.ts';
import { startStripeServer } from '../../vendors/stripe.ts';
import { makeRefund as makeStripeRefund } from '../../vendors/stripe-rows.ts';
import { refundOrder, startWooServer } from '../../vendors/woocommerce.ts';
import { makeRefund as makeWooRefund } from '../../vendors/woocommerce-rows.ts';

const { database } = await createTestDatabase();
await loadConnectors();

let server: { close: () => Promise<void>; violations: string[] } | undefined;
afterEach(async () => {
  expect(server?.violations).toEqual([]);
  await server?.close();
});

type Shop = { workspace: Workspace; source: Source };

async function connect(connector: string, settings: object, hosts: string[]): Promise<Shop> {
  configureConnections({ allow: hosts, tries: 1 });
  const workspace = await createWorkspace(database);
  const wish = { workspace, connector, name: connector, settings: { ...settings } };
  const { source } = await createSource(database.db, wish);
  return { workspace, source };
}

async function sync({ workspace, source }: Shop) {
  const result = await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
  await carry(database, workspace.id);
  return result;
}

/** What everybody bought and kept, in the money of the shop. */
async function moneyOf({ workspace }: Shop): Promise<{ orders: number; net: number; people: number }> {
  const scope = {
    workspace: { id: workspace.id, currency: 'EUR' },
    asOf: new Date('2031-01-01'),
    profileIds: null,
  };
  await refreshFacts(database.db, scope);
  const [row] = await rowsOf<{ orders: string; net: string; people: string }>(
    database.db,
    sql`select coalesce(sum(orders), 0) as orders, coalesce(sum(net_revenue), 0) as net, count(*) as people
          from facts where workspace_id = ${workspace.id}`,
  );
  return { orders: Number(row?.orders), net: Number(row?.net), people: Number(row?.people) };
}

test('Shopify: twice is once, and a refund and a cancellation leave the money right', async () => {
  const shopify = await startShopifyServer({ orders: 12, customers: 10 });
  server = shopify;
  const shop = await connect('shopify', shopify.settings, [shopify.host, shopify.bulk.host]);
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 22, quarantined: 0 });
  expect(await moneyOf(shop)).toEqual({ orders: 12, net: 1440, people: 10 });
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
  const refunds = [{ id: 'gid://shopify/Refund/1', createdAt: shopifyHour(50), totalRefundedSet: money(55) }];
  shopify.orders[0] = makeShopifyOrder(0, {
    updatedAt: shopifyHour(50),
    totalRefundedSet: money(55),
    refunds,
  });
  shopify.orders[1] = makeShopifyOrder(1, { updatedAt: shopifyHour(51), cancelledAt: shopifyHour(51) });
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 0, changed: 2 });
  expect(await moneyOf(shop)).toEqual({ orders: 12, net: 1440 - 50 - 120, people: 10 });
});

test('Shopify: a first load through the bulk file says how much there is', async () => {
  const made = { size: 1200, at: (index: number) => makeShopifyOrder(index, {}, 100) };
  const shopify = await startShopifyServer({ made });
  server = shopify;
  shopify.shop.now = shopifyHour(1200);
  const shop = await connect('shopify', shopify.settings, [shopify.host, shopify.bulk.host]);
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 1205, quarantined: 0 });
  const [run] = await rowsOf<{ total: string }>(
    database.db,
    sql`select total from sync_runs where workspace_id = ${shop.workspace.id}`,
  );
  expect(run?.total).toBe('1205');
  expect(await moneyOf(shop)).toMatchObject({ orders: 1200, net: 144_000 });
});

test('Shopify: a file that is gone before it was read to its end is asked for anew', async () => {
  const made = { size: 1200, at: (index: number) => makeShopifyOrder(index, {}, 100) };
  const shopify = await startShopifyServer({ made });
  server = shopify;
  shopify.shop.now = shopifyHour(1200);
  const shop = await connect('shopify', shopify.settings, [shopify.host, shopify.bulk.host]);
  shopify.bulk.downloads = [{ lines: 2000, how: 'cut' }];
  expect(await sync(shop)).toMatchObject({
    status: 'partial',
    message: expect.stringContaining('broke off'),
  });
  shopify.bulk.operations = [];
  expect(await sync(shop)).toMatchObject({ message: expect.stringContaining('made anew') });
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 700 });
  expect(await moneyOf(shop)).toMatchObject({ orders: 1200, net: 144_000 });
});

test('WooCommerce: twice is once, and a refund leaves the money right', async () => {
  const woo = await startWooServer({ orders: 6, customers: 5 });
  server = woo;
  const shop = await connect('woocommerce', woo.settings, [woo.host]);
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 11, quarantined: 0 });
  expect(await moneyOf(shop)).toMatchObject({ orders: 6, net: 600 });
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
  refundOrder(woo.shop, 701, makeWooRefund(1, '44.00', { goods: '-40.00' }));
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 0, changed: 1 });
  expect(await moneyOf(shop)).toMatchObject({ orders: 6, net: 560 });
});

test('Stripe: twice is once, and a refund leaves the money right', async () => {
  const stripe = await startStripeServer();
  server = stripe;
  const shop = await connect('stripe', stripe.settings, [stripe.host]);
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', quarantined: 0 });
  expect(await moneyOf(shop)).toMatchObject({ orders: 5, net: 95 });
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
  stripe.happen(
    'refund.created',
    stripe.account.now,
    makeStripeRefund(1, 'ch_1', { created: stripe.account.now }),
  );
  expect(await sync(shop)).toMatchObject({ status: 'succeeded', new: 1 });
  expect(await moneyOf(shop)).toMatchObject({ orders: 5, net: 90 });
});

test('a key that is not accepted any more asks for a person', async () => {
  const stripe = await startStripeServer();
  server = stripe;
  const shop = await connect('stripe', stripe.settings, [stripe.host]);
  stripe.account.key = 'rk_live_another';
  expect(await sync(shop)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('restricted key'),
  });
  expect((await getSource(database.db, shop.workspace.id, shop.source.id)).status).toBe('needs_attention');
});
