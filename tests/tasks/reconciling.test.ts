import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { ConnectorError } from '../../src/base/errors.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import {
  type Compared,
  listDrifts,
  listReconciliations,
} from '../../src/flow/collect/reconciliations.sql.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { pauseSource } from '../../src/flow/collect/sources-edit.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { compareRows, reconcileAll, reconcileSource, rereadDay } from '../../src/tasks/reconciling.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { planted, plantOrders } from '../vendors/planted-loss.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';

const { database } = await createTestDatabase();
await loadConnectors();

let shopify: ShopifyServer;
let workspace: Workspace;
let source: Source;
const { day, lost } = planted;

beforeEach(async () => {
  startClockAt(new Date('2026-11-20T12:00:00Z'));
  shopify = await startShopifyServer({ orders: 0, customers: 10 });
  plantOrders(shopify);
  configureConnections({ allow: [shopify.host, shopify.bulk.host], tries: 1 });
  workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'shopify', name: 'Shopify', settings: shopify.settings };
  ({ source } = await createSource(database.db, wish));
});
afterEach(async () => {
  expect(shopify.violations).toEqual([]);
  await shopify.close();
  resetClock();
});

async function sync() {
  await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
  await carry(database, workspace.id);
}

const owner = () => ({ workspaceId: workspace.id, sourceId: source.id });
const wish = { stream: 'orders', figure: 'orders', day, currency: '' } as const;

async function linesOf(figure: Compared['figure']) {
  const lines = await listReconciliations(database.db, owner(), '2026-10-01');
  return lines.filter((line) => line.figure === figure);
}

describe('comparing a source with its vendor', () => {
  test('agrees where everything came, to the cent, day by day', async () => {
    await sync();
    const { drifts, lines } = await reconcileSource(database, workspace.id, source.id);
    expect(drifts).toBe(0);
    expect(lines).toBeGreaterThan(30);
    expect((await linesOf('orders')).find((line) => line.day === day)).toMatchObject({
      theirs: '100',
      ours: '100',
      state: 'equal',
      currency: '',
    });
    const [money] = (await linesOf('net_revenue')).filter((line) => line.day === day);
    expect(money).toMatchObject({ currency: 'EUR', state: 'equal' });
    expect(Number(money?.ours)).toBeGreaterThan(10_000);
    await reconcileSource(database, workspace.id, source.id);
    expect(await listDrifts(database.db, workspace.id)).toEqual([]);
  });

  test('finds three lost orders of a hundred, shows each of them, and one reading heals it', async () => {
    shopify.shop.isHidden = ({ id }) => lost.includes(id);
    await sync();
    shopify.shop.isHidden = undefined;
    await sync();
    await reconcileAll(database, workspace.id);
    const drifts = await listDrifts(database.db, workspace.id);
    expect(
      drifts.map(({ figure, day: when, theirs, ours }) => [figure, when, Number(theirs) - Number(ours)]),
    ).toContainEqual(['orders', day, 3]);
    const found = await compareRows(database, { ...owner(), wish });
    expect(found).toMatchObject({ isWhole: true, held: 97, unreadable: 0 });
    expect(found.differences.map(({ what, externalId }) => ({ what, externalId }))).toEqual(
      lost.map((id) => ({ what: 'missing', externalId: id.replace('gid://shopify/Order/', '') })),
    );
    expect((await linesOf('orders')).find((line) => line.day === day)).toMatchObject({ ours: '97' });
    expect(await rereadDay(database, { ...owner(), wish })).toMatchObject({ drifts: 0 });
    expect(await listDrifts(database.db, workspace.id)).toEqual([]);
    expect((await compareRows(database, { ...owner(), wish })).differences).toEqual([]);
  });

  test('tells a record that is here only from one that says something else', async () => {
    await sync();
    shopify.orders.splice(0, 1);
    const [changed] = shopify.orders;
    changed!.subtotalPriceSet = { shopMoney: { amount: '7.00', currencyCode: 'EUR' } };
    const { differences } = await compareRows(database, {
      ...owner(),
      wish: { stream: 'orders', figure: 'net_revenue', day, currency: 'EUR' },
    });
    expect(differences.map(({ what }) => what).sort()).toEqual(['differs', 'extra']);
    expect(differences.find(({ what }) => what === 'differs')).toMatchObject({
      theirs: '7.00',
      currency: 'EUR',
    });
  });

  test('forgives the days that are not over, and no others', async () => {
    await sync();
    const [last] = shopify.orders.slice(-1);
    shopify.orders.push({ ...last!, id: 'gid://shopify/Order/77', processedAt: '2026-11-20T10:00:00Z' });
    shopify.orders.push({ ...last!, id: 'gid://shopify/Order/78', processedAt: '2026-11-18T10:00:00Z' });
    await reconcileSource(database, workspace.id, source.id);
    const states = (await linesOf('orders')).filter(({ state }) => state !== 'equal');
    expect(states.map((line) => [line.day, line.state])).toEqual([
      ['2026-11-20', 'moving'],
      ['2026-11-18', 'drift'],
    ]);
  });

  test('closes a gap that neither side speaks of any more', async () => {
    await sync();
    const [last] = shopify.orders.slice(-1);
    shopify.orders.push({ ...last!, id: 'gid://shopify/Order/78', processedAt: '2026-11-18T10:00:00Z' });
    expect((await reconcileSource(database, workspace.id, source.id)).drifts).toBeGreaterThan(0);
    shopify.orders.pop();
    await reconcileSource(database, workspace.id, source.id);
    expect(await listDrifts(database.db, workspace.id)).toEqual([]);
  });

  test('leaves alone what is paused or was never read', async () => {
    await reconcileAll(database, workspace.id);
    expect(await linesOf('orders')).toEqual([]);
    await sync();
    await pauseSource(database.db, source);
    await reconcileAll(database, workspace.id);
    expect(await linesOf('orders')).toEqual([]);
  });

  test('says so when the vendor does not answer, and the night goes on', async () => {
    await sync();
    shopify.shop.accessToken = 'another';
    shopify.shop.clientSecret = 'another';
    await expect(reconcileSource(database, workspace.id, source.id)).rejects.toThrow(ConnectorError);
    await expect(reconcileAll(database, workspace.id)).resolves.toBeUndefined();
  });
});
