import { afterEach, expect, test } from 'vitest';
import googleAnalytics from '../../src/connectors/google-analytics/google-analytics.ts';
import { googleFault, ROBOT } from '../vendors/google.ts';
import { type AnalyticsServer, startAnalyticsServer } from '../vendors/google-analytics.ts';
import { contextFor, mapAll, read } from './reading.ts';

let server: AnalyticsServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

test('says how many sessions it found', async () => {
  server = await startAnalyticsServer();
  expect(await googleAnalytics.check(contextFor(googleAnalytics, server, server.settings))).toBe(
    'Property 424242, 210 sessions yesterday, days of Europe/Berlin',
  );
});

test('reads sessions and visitors by day, channel, source and medium', async () => {
  server = await startAnalyticsServer();
  const ctx = contextFor(googleAnalytics, server, server.settings);
  const { items, cursor, error } = await read(googleAnalytics, ctx, 'sessions');
  expect(error).toBeNull();
  expect(cursor).toEqual({ until: '2026-11-20' });
  const organic = { channel: 'Organic Search', source: 'google', medium: 'organic' };
  expect(mapAll(googleAnalytics, items.slice(-1), ctx.settings)).toEqual(
    expect.arrayContaining([
      {
        type: 'metric',
        key: 'sessions:0',
        day: '2026-11-20',
        name: 'sessions',
        dimensions: organic,
        value: '100',
      },
      { type: 'metric', key: 'users:0', day: '2026-11-20', name: 'users', dimensions: organic, value: '80' },
    ]),
  );
});

test('a day of many rows is read page by page', async () => {
  server = await startAnalyticsServer({ days: 1 });
  server.property.rows = Array.from({ length: 20_001 }, (_, at) => ({
    ...{ day: '2026-11-20', channel: 'Referral', medium: 'referral', users: 1 },
    source: `site-${at}.example`,
    sessions: 2,
  }));
  const ctx = contextFor(googleAnalytics, server, server.settings);
  ctx.window = { from: new Date('2026-11-20T00:00:00+01:00'), to: new Date('2026-11-21T00:00:00+01:00') };
  const { items } = await read(googleAnalytics, ctx, 'sessions');
  const sources = mapAll(googleAnalytics, items, ctx.settings).flatMap((record) =>
    record.type === 'metric' && record.name === 'sessions' ? record.dimensions.source : [],
  );
  expect(new Set(sources).size).toBe(20_001);
});

test('the last three days are read again, and no others', async () => {
  server = await startAnalyticsServer();
  const ctx = contextFor(googleAnalytics, server, server.settings);
  const second = await read(googleAnalytics, ctx, 'sessions', { until: '2026-11-19' });
  expect(second.items.map(({ payload }) => payload.day)).toEqual([
    '2026-11-16',
    '2026-11-17',
    '2026-11-18',
    '2026-11-19',
    '2026-11-20',
  ]);
});

test('keeps what Google says of the quality of a day', async () => {
  server = await startAnalyticsServer({ days: 1 });
  server.property.metadata = { subjectToThresholding: true, dataLossFromOtherRow: true };
  const ctx = contextFor(googleAnalytics, server, server.settings);
  const { items } = await read(googleAnalytics, ctx, 'sessions', { until: '2026-11-20' });
  const flags = mapAll(googleAnalytics, items.slice(-1), ctx.settings).flatMap((record) =>
    record.type === 'metric' && record.name === 'sessions_flags'
      ? [[record.dimensions.flag, record.value]]
      : [],
  );
  expect(Object.fromEntries(flags)).toEqual({ thresholded: '1', sampled: '0', otherRow: '1' });
});

test.each([
  [
    googleFault(403, 'PERMISSION_DENIED', 'No.'),
    { needsReconnect: true, message: expect.stringContaining(ROBOT) },
  ],
  [
    googleFault(403, 'PERMISSION_DENIED', 'Disabled.', [{ reason: 'SERVICE_DISABLED' }]),
    { needsReconnect: true, message: expect.stringContaining('not switched on') },
  ],
  [
    googleFault(429, 'RESOURCE_EXHAUSTED', 'Exhausted concurrent requests quota.'),
    { retryable: true, retryAfterMs: 900_000 },
  ],
  [
    googleFault(400, 'INVALID_ARGUMENT', 'Did you mean sessions?'),
    { retryable: false, needsReconnect: false, message: expect.stringContaining('Did you mean') },
  ],
])('says what to do about a fault %#', async (fault, expected) => {
  server = await startAnalyticsServer();
  server.plan('none', fault);
  const { error } = await read(
    googleAnalytics,
    contextFor(googleAnalytics, server, server.settings),
    'sessions',
  );
  expect(error).toMatchObject({ name: 'ConnectorError', ...expected });
});
