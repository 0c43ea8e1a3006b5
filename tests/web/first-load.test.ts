import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { findSourceByKey } from '../../src/flow/collect/sources.ts';
import { storeItems } from '../../src/flow/collect/store.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';
import { type LargeShop, makeLargeShop } from '../vendors/shopify-large.ts';
import { Visitor } from './visitor.ts';

const ORDERS = 3_000;
let databases: TestDatabase;
let cast: Cast;
let made: LargeShop;
let shopify: ShopifyServer;
let admin: Visitor;

beforeAll(async () => {
  await loadConnectors();
  made = makeLargeShop(ORDERS, new Date());
  shopify = await startShopifyServer({ made: made.orders, madeCustomers: made.customers });
  shopify.shop.now = new Date().toISOString();
  configureConnections({ allow: [shopify.host, shopify.bulk.host], tries: 1 });
  databases = await createTestDatabase();
  cast = await createCast(databases.database);
  const { url } = await serveApp(databases);
  admin = new Visitor(url);
  await admin.signIn(EMAILS.admin, PASSWORD);
});
afterAll(async () => {
  expect([...shopify.violations, ...shopify.bulk.violations]).toEqual([]);
  await shopify.close();
});

/** Connects the shop as its page asks; the address of the first run. */
async function connect(): Promise<string> {
  const { shop, clientId, clientSecret, url } = shopify.settings;
  const fields = {
    name: 'Shopify',
    'settings.shop': shop,
    'settings.clientId': clientId,
    'secret.clientSecret': clientSecret,
    'settings.url': url,
  };
  const { headers } = await admin.post('/sources/new/shopify', fields, '/sources/new/shopify');
  const page = await admin.get(headers.location!);
  return new RegExp(`${headers.location}/runs/[0-9a-f-]+`).exec(page.text)![0];
}

/** Something else waits meanwhile: forty lines of a file that name nobody. */
async function fillQueue(): Promise<void> {
  const { db } = databases.database;
  const { id: sourceId } = (await findSourceByKey(db, cast.workspaceId, 'csv'))!;
  const items = Array.from({ length: 40 }, (_, line) => ({
    stream: 'people',
    externalId: `line ${line}`,
    payload: { line },
  }));
  await storeItems(db, { workspaceId: cast.workspaceId, sourceId }, items);
}

async function held() {
  const [row] = await rowsOf<{ orders: string; people: string; net: string }>(
    databases.database.db,
    sql`select count(*) filter (where n.name = 'order_placed') as orders,
               sum(case n.name when 'order_placed' then e.value else -e.value end) * 100 as net,
               (select count(*) from profiles p
                 where p.workspace_id = ${cast.workspaceId} and p.merged_into is null) as people
          from events e join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
         where e.workspace_id = ${cast.workspaceId} and n.name in ('order_placed', 'order_refunded')`,
  );
  return { orders: Number(row?.orders), people: Number(row?.people), netCents: Number(row?.net) };
}

test('a first load of a shop shows how far it is and how long it takes, and brings exactly what the shop holds', async () => {
  const { bulk } = shopify;
  bulk.polls = 1_000_000;
  const goOn = Promise.withResolvers<void>();
  bulk.downloads = [{ lines: 4_600, how: 'held', until: goOn.promise }];
  const run = await connect();
  await fillQueue();
  const progress = async () => (await admin.get(`${run}/progress`)).text;

  await expect.poll(progress).toContain('Shopify is writing a file of all orders: 0 of 3,000 are in it.');
  bulk.operations[0]!.polls = 600_000;
  await expect.poll(progress).toMatch(/: 1,200 of 3,000 are in it, about \d+ min to go\./);
  expect(await progress()).toContain('600 of 3,600 records read');
  expect((await admin.get(run)).text).toContain(`data-url="${run}/progress"`);

  bulk.operations[0]!.polls = 0;
  await expect.poll(progress).toContain('2,100 of 3,600 records read');
  const halfway = await progress();
  expect(halfway).toMatch(/<progress [^>]*value="2100" max="3600"/);
  await expect.poll(progress).toMatch(/[\d,]+ a second, about \d+ (s|min)[^<]* left</);
  expect(halfway).toContain('data-polling');
  goOn.resolve();

  await expect.poll(progress).toContain('Succeeded');
  expect(await progress()).toContain('3,600 stored records still to be put on people');
  expect(await progress()).toContain('data-polling');
  await carry(databases.database, cast.workspaceId);
  expect(await progress()).not.toContain('data-polling');
  expect(await held()).toEqual(made.holds);
});
