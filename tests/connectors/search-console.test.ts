import { afterEach, expect, test } from 'vitest';
import searchConsole from '../../src/connectors/search-console/search-console.ts';
import { googleFault } from '../vendors/google.ts';
import { type SearchServer, startSearchServer } from '../vendors/search-console.ts';
import { contextFor, mapAll, read } from './reading.ts';

let server: SearchServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

test('says how many clicks it found, and which properties there are where it is none of them', async () => {
  server = await startSearchServer();
  expect(await searchConsole.check(contextFor(searchConsole, server, server.settings))).toBe(
    'sc-domain:ada-tea.example, 270 clicks in the last 28 days',
  );
  const elsewhere = contextFor(searchConsole, server, {
    ...server.settings,
    site: 'https://ada-tea.example/',
  });
  await expect(searchConsole.check(elsewhere)).rejects.toThrow(/it may read sc-domain:ada-tea.example/);
});

test('totals count what is withheld by query', async () => {
  server = await startSearchServer();
  const ctx = contextFor(searchConsole, server, server.settings);
  const totals = await read(searchConsole, ctx, 'totals');
  const queries = await read(searchConsole, ctx, 'queries');
  const clicks = (given: typeof totals) =>
    mapAll(searchConsole, given.items, ctx.settings).reduce(
      (sum, record) =>
        sum + (record.type === 'metric' && record.name === 'search_clicks' ? Number(record.value) : 0),
      0,
    );
  expect([clicks(totals), clicks(queries)]).toEqual([270, 252]);
  expect(totals.cursor).toEqual({ until: '2026-11-19' });
});

test('queries and pages become figures by day', async () => {
  server = await startSearchServer({ days: 4 });
  const ctx = contextFor(searchConsole, server, server.settings);
  const queries = await read(searchConsole, ctx, 'queries', { until: '2026-11-18' });
  const figure = { type: 'metric', day: '2026-11-17', dimensions: { by: 'query', query: 'green tea' } };
  expect(mapAll(searchConsole, queries.items.slice(-1), ctx.settings).slice(0, 3)).toEqual([
    { ...figure, key: 'clicks:0', name: 'search_clicks', value: '10' },
    { ...figure, key: 'impressions:0', name: 'search_impressions', value: '200' },
    { ...figure, key: 'position:0', name: 'search_position', value: '3.25' },
  ]);
  const pages = await read(searchConsole, ctx, 'pages', { until: '2026-11-18' });
  expect(mapAll(searchConsole, pages.items, ctx.settings)[0]).toMatchObject({
    dimensions: { by: 'page', page: 'https://ada-tea.example/green' },
  });
});

test('rows beyond one answer are fetched, up to what was asked for', async () => {
  server = await startSearchServer({ days: 1, rowsPerDay: 30_000 });
  server.site.searches = Array.from({ length: 31_000 }, (_, at) => ({
    ...{ day: '2026-11-17', page: 'https://ada-tea.example/', impressions: 1 },
    query: `tea ${at}`,
    clicks: 1,
  }));
  const ctx = contextFor(searchConsole, server, server.settings);
  ctx.window = { from: new Date('2026-11-17T12:00:00Z'), to: new Date('2026-11-17T13:00:00Z') };
  const { items, error } = await read(searchConsole, ctx, 'queries');
  expect(error).toBeNull();
  expect(mapAll(searchConsole, items, ctx.settings)).toHaveLength(90_000);
  const asked = server.requests
    .filter(({ path }) => path.endsWith('/query'))
    .map(({ body }) => JSON.parse(body));
  expect(asked.map(({ startRow, rowLimit }) => [startRow, rowLimit])).toEqual([
    [0, 25_000],
    [25_000, 5_000],
  ]);
});

test('five days are read again, final figures only', async () => {
  server = await startSearchServer({ days: 30 });
  const ctx = contextFor(searchConsole, server, server.settings);
  const first = await read(searchConsole, ctx, 'queries');
  expect(first.items.at(-1)?.payload.day).toBe('2026-11-17');
  server.site.lastFinalDay = '2026-11-18';
  const later = contextFor(searchConsole, server, server.settings, { now: new Date('2026-11-21T12:00:00Z') });
  const second = await read(searchConsole, later, 'queries', first.cursor);
  expect(second.items.map(({ payload }) => payload.day)).toEqual([
    '2026-11-14',
    '2026-11-15',
    '2026-11-16',
    '2026-11-17',
    '2026-11-18',
  ]);
});

test('a quota told with 403 is waited for', async () => {
  server = await startSearchServer();
  const fault = googleFault(403, 'PERMISSION_DENIED', 'Load quota exceeded', []);
  const spent = {
    ...fault,
    json: { error: { code: 403, message: 'Quota', errors: [{ reason: 'quotaExceeded' }] } },
  };
  server.plan('none', spent);
  const { error } = await read(searchConsole, contextFor(searchConsole, server, server.settings), 'totals');
  expect(error).toMatchObject({ retryable: true, retryAfterMs: 900_000 });
});
