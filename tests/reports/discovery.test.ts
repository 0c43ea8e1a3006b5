import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { storeAggregates } from '../../src/flow/collect/aggregates.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { readDiscovery } from '../../src/reports/discovery.ts';
import { lastDays } from '../../src/reports/periods.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { makeKey } from '../vendors/google.ts';

const { database, web } = await createTestDatabase();
const serviceAccountKey = makeKey('https://oauth2.googleapis.com/token');
let workspace: Workspace;
await loadConnectors();
beforeEach(async () => {
  workspace = await createWorkspace(database);
});

const period = lastDays('Europe/Berlin', new Date('2026-11-20T12:00:00Z'), 30);
const read = async () =>
  await withWorkspace(web, workspace.id, async (scope) => await readDiscovery(scope, period));

type Figure = [day: string, name: string, value: string, dimensions: Record<string, string>];

async function keep(connector: string, settings: object, figures: Figure[]): Promise<void> {
  const wish = { workspace, connector, name: connector, settings: { serviceAccountKey, ...settings } };
  const { source } = await createSource(database.db, wish);
  const given = figures.map(([day, name, value, dimensions], at) => ({
    sourceId: source.id,
    record: { type: 'metric' as const, key: String(at), day, name, value, dimensions },
  }));
  await storeAggregates(database.db, workspace.id, given);
  await storeAggregates(database.db, workspace.id, given);
}

test('says nothing where nothing is known', async () => {
  expect(await read()).toBeNull();
  await keep('search-console', { site: 'sc-domain:a.example' }, [
    ['2025-01-01', 'search_clicks', '9', { by: 'day' }],
  ]);
  expect(await read()).toBeNull();
});

test('sums searches by day, and weighs a position by how often it was shown', async () => {
  const tea = { by: 'query', query: 'green tea' };
  await keep('search-console', { site: 'sc-domain:a.example' }, [
    ['2026-11-18', 'search_clicks', '15', { by: 'day' }],
    ['2026-11-18', 'search_impressions', '303', { by: 'day' }],
    ['2026-11-17', 'search_clicks', '4', tea],
    ['2026-11-17', 'search_impressions', '100', tea],
    ['2026-11-17', 'search_position', '2', tea],
    ['2026-11-18', 'search_clicks', '6', tea],
    ['2026-11-18', 'search_impressions', '300', tea],
    ['2026-11-18', 'search_position', '6', tea],
    ['2026-11-18', 'search_clicks', '6', { by: 'page', page: 'https://a.example/' }],
    ['2025-11-18', 'search_clicks', '99', tea],
  ]);
  const found = await read();
  expect(found?.searches).toHaveLength(28);
  expect(found?.searches?.at(-1)).toEqual({ day: '2026-11-18', clicks: 15, impressions: 303 });
  expect(found?.queries).toEqual([{ name: 'green tea', clicks: 10, impressions: 400, position: 5 }]);
  expect(found?.pages).toMatchObject([{ name: 'https://a.example/', clicks: 6 }]);
  expect(found?.channels).toEqual([]);
});

test('sums sessions by channel, and says on how many days they are not whole', async () => {
  const from = (channel: string, source: string) => ({ channel, source, medium: 'x' });
  await keep('google-analytics', { propertyId: '1' }, [
    ['2026-11-18', 'sessions', '100', from('Organic Search', 'google')],
    ['2026-11-18', 'sessions', '10', from('Organic Search', 'bing')],
    ['2026-11-19', 'sessions', '200', from('Direct', '(direct)')],
    ['2026-11-19', 'users', '150', from('Direct', '(direct)')],
    ['2026-11-18', 'sessions_flags', '1', { flag: 'thresholded' }],
    ['2026-11-19', 'sessions_flags', '0', { flag: 'thresholded' }],
  ]);
  expect(await read()).toMatchObject({
    searches: null,
    channels: [
      { channel: 'Direct', sessions: 200 },
      { channel: 'Organic Search', sessions: 110 },
    ],
    flaggedDays: { thresholded: 1 },
  });
});

test('shows nothing of another business', async () => {
  await keep('google-analytics', { propertyId: '1' }, [
    ['2026-11-18', 'sessions', '7', { channel: 'Direct' }],
  ]);
  workspace = await createWorkspace(database);
  expect(await read()).toBeNull();
  const rows = await database.db.execute(
    sql`select count(*) as n from metrics where workspace_id = ${workspace.id}`,
  );
  expect(rows.rows).toEqual([{ n: '0' }]);
});
