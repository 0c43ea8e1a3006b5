import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { registerHook } from '../../src/flow/collect/hook-registration.ts';
import { getSource, openSettings } from '../../src/flow/collect/sources.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { type StripeServer, startStripeServer } from '../vendors/stripe.ts';
import { startWooServer, type WooServer } from '../vendors/woocommerce.ts';
import { Visitor } from './visitor.ts';

/** Where the vendors of the tests believe us to be. */
const BASE_URL = 'http://segments.example.com';
let databases: TestDatabase;
let cast: Cast;
let url: string;
let woo: WooServer;
let stripe: StripeServer;
let admin: Visitor;

beforeAll(async () => {
  await loadConnectors();
  woo = await startWooServer();
  stripe = await startStripeServer();
  configureConnections({ allow: [woo.host, stripe.host], tries: 1 });
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases, { BASE_URL }));
  admin = await signedIn(EMAILS.admin);
});
afterAll(async () => {
  expect([...woo.violations, ...stripe.violations]).toEqual([]);
  await woo.close();
  await stripe.close();
});

async function signedIn(email: string): Promise<Visitor> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  return visitor;
}

/** Connects the vendor as its page asks; the address of the source. */
async function connect(connector: 'woocommerce' | 'stripe'): Promise<string> {
  const { consumerKey, consumerSecret } = woo.settings;
  const fields =
    connector === 'woocommerce'
      ? {
          'settings.url': woo.url,
          'secret.consumerKey': consumerKey,
          'secret.consumerSecret': consumerSecret,
        }
      : { 'settings.url': stripe.url, 'secret.secretKey': stripe.settings.secretKey };
  const given = { name: 'Our shop', everyMinutes: '', ...fields };
  const { status, headers } = await admin.post(
    `/sources/new/${connector}`,
    given,
    `/sources/new/${connector}`,
  );
  expect(status).toBe(303);
  return headers.location!;
}

const idOf = (path: string) => path.split('/').at(-1)!;
const again = (path: string) => admin.post(`${path}/webhook-registrations`, {}, path);
const remove = (path: string) => admin.post(`${path}/removals`, {}, `${path}/settings`);

describe('a shop that is connected', () => {
  test('sends at once: each topic was told our address, and what it signs is taken in', async () => {
    const path = await connect('woocommerce');
    const { text } = await admin.get(path);
    expect(text).toContain('The vendor now sends changes to this source at once.');
    expect(text).toMatch(/WooCommerce was told on [^<]* to send there\./);
    expect(woo.shop.hooks).toHaveLength(6);
    const { delivery_url, secret } = woo.shop.hooks[0]!;
    expect(delivery_url).toMatch(/^http:\/\/segments\.example\.com\/hooks\/[\w-]+$/);
    expect(text).not.toContain(secret);
    const [kept] = await rowsOf<{ row: string }>(
      databases.database.db,
      sql`select s::text as row from sources s where id = ${idOf(path)}::uuid`,
    );
    expect(kept?.row).not.toContain(secret);
    const body = JSON.stringify({ id: 1 });
    const signature = createHmac('sha256', secret).update(body).digest('base64');
    const headers = {
      'content-type': 'application/json',
      'x-wc-webhook-signature': signature,
      'x-wc-webhook-topic': 'order.updated',
    };
    const told = await fetch(delivery_url.replace(BASE_URL, url), { method: 'POST', headers, body });
    expect(told.status).toBe(200);
    await remove(path);
  });

  test('is told again without doubling anything, also by two at once', async () => {
    const path = await connect('stripe');
    const { id } = stripe.account.endpoints[0]!;
    const given = { workspaceId: cast.workspaceId, sourceId: idOf(path), baseUrl: BASE_URL };
    await Promise.all([registerHook(databases.database, given), again(path)]);
    expect(stripe.account.endpoints.map((one) => one.id)).toEqual([id]);
    const source = await getSource(databases.database.db, cast.workspaceId, idOf(path));
    expect(openSettings(source)).toMatchObject({ webhookSecret: 'whsec_made_1_canary' });
    await remove(path);
  });

  test('is told that it is over when the source is removed, and told anew when it is connected again', async () => {
    const path = await connect('stripe');
    expect(stripe.account.endpoints).toHaveLength(1);
    expect((await remove(path)).headers.location).toBe('/sources');
    expect(stripe.account.endpoints).toEqual([]);
    const other = await connect('stripe');
    expect(stripe.account.endpoints).toHaveLength(1);
    await remove(other);
  });
});

describe('a key that may not set up webhooks', () => {
  test('connects all the same, and the page says what to do, by hand too', async () => {
    woo.shop.mayWrite = false;
    const path = await connect('woocommerce');
    const { text } = await admin.get(path);
    expect(text).toContain('The webhook could not be set up for you.');
    expect(text).toContain('they can only read');
    expect(text).toContain('Tell the vendor for me');
    expect(text).toMatch(/<details class="mt-3" open>\s*<summary>How it is set up/);
    await remove(path);
    expect((await admin.get('/sources')).text).toContain('Removed. What it brought stays.');
    woo.shop.mayWrite = true;
  });

  test('says on removal what is left at the vendor', async () => {
    const path = await connect('stripe');
    stripe.account.maySetHooks = false;
    await remove(path);
    expect((await admin.get('/sources')).text).toContain('Its webhook is still set up at the vendor');
    stripe.account.maySetHooks = true;
  });
});

test('only an admin has a vendor told, and only of their own source', async () => {
  const path = await connect('woocommerce');
  const marketer = await signedIn(EMAILS.marketer);
  expect((await marketer.post(`${path}/webhook-registrations`, {}, '/')).status).toBe(403);
  const stranger = new Visitor(url);
  expect((await stranger.get(path)).status).toBe(303);
  expect((await admin.post('/sources/nonsense/webhook-registrations', {}, path)).status).toBe(404);
  await remove(path);
});
