import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { listScanTroubles } from '../../src/flow/collect/scan-sightings.sql.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { scanDueStreams, scanStream } from '../../src/tasks/scanning.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { type ShopifyServer, startShopifyServer } from '../vendors/shopify.ts';
import { makeCustomer } from '../vendors/shopify-rows.ts';

const { database } = await createTestDatabase();
await loadConnectors();

let shopify: ShopifyServer;
let workspace: Workspace;
let source: Source;

beforeEach(async () => {
  startClockAt(new Date('2026-10-20T12:00:00Z'));
  shopify = await startShopifyServer({ orders: 3, customers: 10 });
  configureConnections({ allow: [shopify.host, shopify.bulk.host], tries: 1 });
  workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'shopify', name: 'Shopify', settings: shopify.settings };
  ({ source } = await createSource(database.db, wish));
  await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
  await carry(database, workspace.id);
});
afterEach(async () => {
  await shopify.close();
  resetClock();
});

const customers = () => ({ workspaceId: workspace.id, sourceId: source.id, stream: 'customers' });

/** The cities of those the shop still has, and the signups that stand. */
async function known(): Promise<{ people: number; signups: number; gone: number }> {
  const [row] = await rowsOf<Record<'people' | 'signups' | 'gone', string>>(
    database.db,
    sql`select (select count(*) from profile_traits where workspace_id = ${workspace.id} and traits ? 'city') as people,
               (select count(*) from events e join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
                 where e.workspace_id = ${workspace.id} and n.name = 'signed_up') as signups,
               (select count(*) from records where workspace_id = ${workspace.id} and is_gone) as gone`,
  );
  return { people: Number(row?.people), signups: Number(row?.signups), gone: Number(row?.gone) };
}

describe('a full scan', () => {
  test('takes back whom the vendor has deleted, and touches nobody else', async () => {
    expect(await known()).toEqual({ people: 10, signups: 5, gone: 0 });
    shopify.customers.splice(4, 1);
    expect(await scanStream(database, customers())).toEqual({
      known: 10,
      removed: 1,
      returned: 0,
      message: null,
    });
    expect(await known()).toEqual({ people: 9, signups: 4, gone: 1 });
    expect(await scanStream(database, customers())).toMatchObject({ known: 9, removed: 0 });
    const [left] = await rowsOf<{ seen: string }>(
      database.db,
      sql`select count(*) as seen from scan_sightings`,
    );
    expect(left?.seen).toBe('0');
  });

  test('takes up again who is listed again', async () => {
    const [gone] = shopify.customers.splice(4, 1);
    await scanStream(database, customers());
    shopify.customers.push(gone!);
    expect(await scanStream(database, customers())).toMatchObject({ removed: 0, returned: 1 });
    expect(await known()).toEqual({ people: 10, signups: 5, gone: 0 });
  });

  test('removes nobody when it did not come to its end', async () => {
    shopify.customers.splice(4, 1);
    shopify.shop.accessToken = 'another';
    shopify.shop.clientSecret = 'another';
    const result = await scanStream(database, customers());
    expect(result).toMatchObject({ removed: 0, message: expect.stringContaining('did not come to its end') });
    expect(await known()).toEqual({ people: 10, signups: 5, gone: 0 });
  });

  test('removes nobody when it saw fewer than half of those we know, and says so', async () => {
    shopify.customers.splice(0, 6);
    const result = await scanStream(database, customers());
    expect(result).toMatchObject({
      removed: 0,
      message: expect.stringContaining('found 4 of the 10 people'),
    });
    expect(await known()).toEqual({ people: 10, signups: 5, gone: 0 });
    expect(await listScanTroubles(database.db, workspace.id)).toEqual([
      { sourceId: source.id, sourceName: 'Shopify', message: result.message },
    ]);
  });

  test('leaves alone who came in while it read', async () => {
    const late = makeCustomer(30);
    shopify.customers.push(late);
    await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    shopify.shop.isHidden = ({ id }) => id === late.id;
    startClockAt(new Date('2026-10-20T11:00:00Z'));
    expect(await scanStream(database, customers())).toMatchObject({ removed: 0 });
    expect(await known()).toMatchObject({ people: 11, gone: 0 });
  });

  test('is due a month after the first reading, and then once a month', async () => {
    shopify.customers.splice(4, 1);
    const scans = async () =>
      await rowsOf(
        database.db,
        sql`select 1 from sync_runs where workspace_id = ${workspace.id} and trigger = 'scan'`,
      );
    await scanDueStreams(database, workspace.id);
    expect(await scans()).toHaveLength(0);
    startClockAt(new Date('2026-11-20T12:00:00Z'));
    await scanDueStreams(database, workspace.id);
    await scanDueStreams(database, workspace.id);
    expect(await scans()).toHaveLength(1);
    expect(await known()).toMatchObject({ people: 9, gone: 1 });
  });
});
