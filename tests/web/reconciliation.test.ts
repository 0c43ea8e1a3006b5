import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { reconcileAll } from '../../src/tasks/reconciling.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { planted, plantOrders } from '../vendors/planted-loss.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';
import { Visitor } from './visitor.ts';

let databases: TestDatabase;
let cast: Cast;
let url: string;
let shopify: ShopifyServer;
let admin: Visitor;
let base: string;
const { day, lost } = planted;
const rows = `rows?stream=orders&figure=orders&currency=&day=${day}`;
const oneDay = { stream: 'orders', figure: 'orders', currency: '', day };

beforeAll(async () => {
  startClockAt(new Date('2026-11-20T12:00:00Z'));
  await loadConnectors();
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  shopify = await startShopifyServer({ orders: 0, customers: 10 });
  plantOrders(shopify);
  configureConnections({ allow: [shopify.host, shopify.bulk.host], tries: 1 });
  const { database } = databases;
  const wish = { workspace: { id: cast.workspaceId }, connector: 'shopify', name: 'Our shop' };
  const { source } = await createSource(database.db, { ...wish, settings: shopify.settings });
  base = `/sources/${source.id}`;
  shopify.shop.isHidden = ({ id }) => lost.includes(id);
  await syncSource(database, cast.workspaceId, source.id, { trigger: 'schedule' });
  shopify.shop.isHidden = undefined;
  await carry(database, cast.workspaceId);
  admin = await signedIn(EMAILS.admin);
});
afterAll(async () => {
  await shopify.close();
  resetClock();
});

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  return visitor;
}

const isOfDay = ({ id, processedAt }: { id: string; processedAt?: unknown }) =>
  !lost.includes(id) && String(processedAt).startsWith(day);

test('the page of a source says whether it is compared, and if not, why', async () => {
  expect((await admin.get(base)).text).toContain('Each night with what the vendor counts');
  const wish = { workspace: { id: cast.workspaceId }, connector: 'rss', name: 'Our blog' };
  const settings = { url: 'https://blog.example.com/feed' };
  const { source } = await createSource(databases.database.db, { ...wish, settings });
  const { text } = await admin.get(`/sources/${source.id}`);
  expect(text).toContain('does not say how many there are in all');
  expect(text).not.toContain('Each night with what the vendor counts');
});

describe('a source that lost three orders of a hundred', () => {
  test('has nothing to show before it was compared, and can be compared by a button', async () => {
    const before = await admin.get(`${base}/reconciliation`);
    expect(before.status).toBe(200);
    expect(before.text).toContain('Not compared yet');
    const asked = await admin.post(`${base}/reconciliation/checks`, {}, `${base}/reconciliation`);
    expect(asked.status).toBe(303);
    expect((await admin.get(`${base}/reconciliation`)).text).toContain('of its figures differ from ours');
  });

  test('is a warning on Home and in the list of sources, in words', async () => {
    await reconcileAll(databases.database, cast.workspaceId);
    const home = await admin.get('/');
    expect(home.text).toMatch(/Our shop<\/strong>: 3% of orders of 12 Nov are missing here/);
    expect((await admin.get('/sources')).text).toContain('Differs from the vendor');
  });

  test('shows the day, and each of the lost orders by the id it has at the vendor', async () => {
    const shown = await admin.get(`${base}/reconciliation?stream=orders&figure=orders`);
    expect(shown.text).toMatch(/<details[^>]*>\s*<summary>The other \d+ days agree/);
    expect(shown.text).toMatch(/12 Nov 2026<\/th>\s*<td[^>]*>100<\/td>\s*<td[^>]*>97<\/td>\s*<td[^>]*>−3</);
    const found = await admin.get(`${base}/reconciliation/${rows}`);
    expect(found.text).toContain('3 missing here');
    for (const id of lost) expect(found.text).toContain(id.replace('gid://shopify/Order/', ''));
    expect((await admin.get(`${base}/reconciliation?stream=orders&figure=orders`)).text).toContain('>97<');
  });

  test('warns no more once somebody knows why, until it differs otherwise or they take it back', async () => {
    const page = `${base}/reconciliation?stream=orders&figure=orders`;
    const known = `${base}/reconciliation/known-gaps`;
    expect((await admin.get(page)).text).toContain('This difference is known: 12 Nov 2026');
    const seen = { ...oneDay, theirs: '100', ours: '97' };
    expect((await admin.post(known, { ...seen, ours: '99' }, page)).status).toBe(409);
    expect((await admin.post(known, seen, page)).status).toBe(303);
    expect((await admin.post(known, seen, page)).status).toBe(303);
    const noted = (await admin.get(page)).text;
    expect(noted).toMatch(/Known<\/span>[\s\S]*?Ada Tea, 20 Nov 2026/);
    expect((await admin.get('/')).text).not.toMatch(/3% of orders of 12 Nov are missing/);
    await reconcileAll(databases.database, cast.workspaceId);
    expect((await admin.get('/')).text).not.toMatch(/3% of orders of 12 Nov are missing/);
    const [lastOfDay] = shopify.orders.splice(shopify.orders.findIndex(isOfDay), 1);
    await reconcileAll(databases.database, cast.workspaceId);
    expect((await admin.get('/')).text).toMatch(/2(\.0\d?)?% of orders of 12 Nov are missing here/);
    expect((await admin.get(page)).text).toContain('It has changed: −3 was known by Ada Tea, 20 Nov 2026');
    shopify.orders.push(lastOfDay!);
    await reconcileAll(databases.database, cast.workspaceId);
    expect((await admin.get('/')).text).not.toMatch(/orders of 12 Nov are missing/);
    expect((await admin.post(`${known}/removals`, oneDay, page)).status).toBe(303);
    expect((await admin.get('/')).text).toMatch(/3% of orders of 12 Nov are missing here/);
    expect((await admin.post(`${known}/removals`, oneDay, page)).status).toBe(409);
    expect((await admin.post(known, { ...seen, day: '2026-11-11' }, page)).status).toBe(409);
  });

  test('is not for a viewer or a stranger, and survives a bad address', async () => {
    const viewer = await signedIn(EMAILS.viewer);
    expect((await viewer.get(`${base}/reconciliation`)).status).toBe(403);
    expect((await viewer.get(`${base}/reconciliation/${rows}`)).status).toBe(403);
    expect((await viewer.post(`${base}/reconciliation/rereads`, oneDay, '/')).status).toBe(403);
    const gaps = { 'known-gaps': { ...oneDay, theirs: '100', ours: '97' }, 'known-gaps/removals': oneDay };
    for (const [path, gap] of Object.entries(gaps))
      expect((await viewer.post(`${base}/reconciliation/${path}`, gap, '/')).status).toBe(403);
    expect((await new Visitor(url).get(`${base}/reconciliation`)).status).toBe(303);
    expect((await admin.get('/sources/nothing/reconciliation')).status).toBe(404);
    expect((await admin.get(`${base}/reconciliation/rows?figure=nothing`)).status).toBeGreaterThanOrEqual(
      400,
    );
    const other = await signedIn(EMAILS.other);
    expect((await other.get(`${base}/reconciliation`)).status).toBe(404);
    expect((await other.post(`${base}/reconciliation/rereads`, oneDay, '/')).status).toBe(404);
    for (const [path, gap] of Object.entries(gaps))
      expect((await other.post(`${base}/reconciliation/${path}`, gap, '/')).status).toBe(404);
    const bad = { ...gaps['known-gaps'], day: 'yesterday' };
    expect((await admin.post(`${base}/reconciliation/known-gaps`, bad, '/')).status).toBeGreaterThanOrEqual(
      400,
    );
  });

  test('says what the vendor says when it does not answer', async () => {
    shopify.shop.accessToken = 'another';
    const { clientSecret } = shopify.shop;
    shopify.shop.clientSecret = 'another';
    const found = await admin.get(`${base}/reconciliation/${rows}`);
    expect(found.status).toBe(200);
    expect(found.text).toContain('role="alert"');
    Object.assign(shopify.shop, { accessToken: 'token-1', clientSecret });
  });

  test('is healed by one click', async () => {
    const answer = await admin.post(
      `${base}/reconciliation/rereads`,
      oneDay,
      `${base}/reconciliation/${rows}`,
    );
    expect(answer.status).toBe(303);
    await expect
      .poll(async () => (await admin.get(`${base}/reconciliation?stream=orders&figure=orders`)).text)
      .toMatch(/12 Nov 2026<\/th>\s*<td[^>]*>100<\/td>\s*<td[^>]*>100<\/td>/);
    expect((await admin.get('/')).text).not.toContain('missing here');
    expect((await admin.get(base)).text).toContain('to close a gap');
    expect((await admin.get(`${base}/reconciliation/${rows}`)).text).toContain('No record differs');
  });

  test('takes back by a button whom the vendor has deleted', async () => {
    shopify.customers.splice(4, 1);
    expect((await admin.get(`${base}/reconciliation`)).text).toContain('Who was deleted there');
    const form = { stream: 'customers' };
    await admin.post(`${base}/reconciliation/scans`, form, `${base}/reconciliation`);
    await expect
      .poll(async () => (await admin.get(`${base}/reconciliation`)).text)
      .toContain('last read as a whole 20 Nov 2026');
    shopify.customers.splice(0, 6);
    await admin.post(`${base}/reconciliation/scans`, form, `${base}/reconciliation`);
    await expect
      .poll(async () => (await admin.get('/')).text)
      .toContain('found 3 of the 9 people known from here');
    expect(
      (await (await signedIn(EMAILS.viewer)).post(`${base}/reconciliation/scans`, form, '/')).status,
    ).toBe(403);
  });
});
