import { afterEach, expect, test } from 'vitest';
import { createHttp } from '../../src/base/http.ts';
import googleAds from '../../src/connectors/google-ads/google-ads.ts';
import { toDecimalOfMicros } from '../../src/connectors/google-ads/micros.ts';
import { makeKey, ROBOT } from '../vendors/google.ts';
import { type AdsServer, startAdsServer } from '../vendors/google-ads.ts';
import { contextFor, idsOf, mapAll, read } from './reading.ts';

let server: AdsServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

test('says which account it found', async () => {
  server = await startAdsServer();
  expect(await googleAds.check(contextFor(googleAds, server, server.settings))).toBe(
    'Ad account Ada’s Tea, figures in EUR, days of Europe/Berlin',
  );
});

test('an account below a manager is reached through it', async () => {
  server = await startAdsServer({ managerId: '5555555555' });
  const settings = { ...server.settings, managerId: '555-555-5555' };
  expect(await googleAds.check(contextFor(googleAds, server, settings))).toContain('Ada’s Tea');
});

test('reads what each campaign cost each day, to the millionth', async () => {
  server = await startAdsServer({ days: 400 });
  const ctx = contextFor(googleAds, server, server.settings);
  const { items, cursor, error } = await read(googleAds, ctx, 'spend');
  expect(error).toBeNull();
  expect(idsOf(items)).toHaveLength(800);
  expect(cursor).toEqual({ until: '2026-11-20' });
  const spend = { type: 'spend', key: '', day: '2025-10-17', channel: 'google', currency: 'EUR' };
  expect(mapAll(googleAds, items.slice(0, 2), ctx.settings)).toEqual([
    { ...spend, campaignId: '11', campaign: 'Autumn', cost: '3.69', clicks: 0, impressions: 1000 },
    {
      ...spend,
      campaignId: '23850000000000001',
      campaign: 'Always on',
      cost: '10.000001',
      clicks: 20,
      impressions: 1001,
    },
  ]);
});

test.each([
  ['3690000', '3.69'],
  ['1', '0.000001'],
  ['0', '0'],
  ['12000000', '12'],
  ['-500000', '-0.5'],
  ['9007199254740993000001', '9007199254740993.000001'],
])('%s millionths are %s', (micros, decimal) => {
  expect(toDecimalOfMicros(micros)).toBe(decimal);
});

test('the last 30 days are read again, since clicks are credited for a month', async () => {
  server = await startAdsServer({ days: 90 });
  const ctx = contextFor(googleAds, server, server.settings);
  const first = await read(googleAds, ctx, 'spend');
  const second = await read(googleAds, ctx, 'spend', first.cursor);
  const days = second.items.map(({ externalId }) => externalId.split(':')[1]);
  expect([days[0], days.at(-1)]).toEqual(['2026-10-21', '2026-11-20']);
});

test('a window reads its own days and leaves the cursor where it was', async () => {
  server = await startAdsServer({ days: 90 });
  const ctx = contextFor(googleAds, server, server.settings);
  ctx.window = { from: new Date('2026-10-01T00:00:00+02:00'), to: new Date('2026-10-03T00:00:00+02:00') };
  const { items, cursor } = await read(googleAds, ctx, 'spend', { until: '2026-11-19' });
  expect([...new Set(items.map(({ externalId }) => externalId.split(':')[1]))]).toEqual([
    '2026-10-01',
    '2026-10-02',
  ]);
  expect(cursor).toEqual({ until: '2026-11-19' });
});

test('says what the account itself spent by day', async () => {
  server = await startAdsServer({ days: 5 });
  const ctx = contextFor(googleAds, server, server.settings);
  const totals = await googleAds.totals?.(
    ctx,
    new Date('2026-11-19T00:00:00+01:00'),
    new Date('2026-11-21T00:00:00+01:00'),
  );
  expect(totals).toEqual([
    { stream: 'spend', day: '2026-11-19', figure: 'spend', value: '13.690001', currency: 'EUR' },
    { stream: 'spend', day: '2026-11-20', figure: 'spend', value: '13.690001', currency: 'EUR' },
  ]);
});

test('a reading that breaks off goes on from the last whole slice', async () => {
  server = await startAdsServer({ days: 400 });
  const ctx = contextFor(googleAds, server, server.settings, { tries: 1 });
  server.plan(...Array(15).fill('none'), 'reset');
  const broken = await read(googleAds, ctx, 'spend');
  expect(broken.error).toMatchObject({ retryable: true });
  const rest = await read(googleAds, ctx, 'spend', broken.cursor);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(800);
});

test('names the address to be let in where Google refuses it', async () => {
  server = await startAdsServer({ managerId: '5555555555' });
  const settings = { ...server.settings, managerId: undefined };
  await expect(googleAds.check(contextFor(googleAds, server, settings))).rejects.toMatchObject({
    needsReconnect: true,
    message: expect.stringContaining(ROBOT),
  });
});

test('a quota that is used up is waited for as long as Google says', async () => {
  server = await startAdsServer();
  const details = [{ errors: [{ details: { quotaErrorDetails: { retryDelay: '90s' } } }] }];
  const spent = {
    status: 429,
    json: [{ error: { code: 429, message: 'Too many', status: 'RESOURCE_EXHAUSTED', details } }],
  };
  server.plan('none', spent);
  const { error } = await read(googleAds, contextFor(googleAds, server, server.settings), 'spend');
  expect(error).toMatchObject({ retryable: true, retryAfterMs: 90_000 });
});

test.each([
  ['that Google does not know', { private_key_id: 'gone' }, 'does not accept this service account key'],
  [
    'whose private key is damaged',
    { private_key: '-----BEGIN PRIVATE KEY-----\nnonsense-canary\n' },
    'damaged',
  ],
])('a key %s is refused in words that do not quote it', async (_what, overrides, says) => {
  server = await startAdsServer();
  const settings = { ...server.settings, serviceAccountKey: makeKey(`${server.url}/token`, overrides) };
  const failed = await googleAds
    .check(contextFor(googleAds, server, settings))
    .catch((error: Error) => error);
  expect(failed).toMatchObject({
    name: 'ConnectorError',
    needsReconnect: true,
    message: expect.stringContaining(says),
  });
  expect(JSON.stringify(failed) + String(failed)).not.toContain('canary');
});

test('a sign-in inside the private network is refused before anything is sent', async () => {
  server = await startAdsServer();
  const settings = { ...server.settings, serviceAccountKey: makeKey('http://10.0.0.1/token') };
  const ctx = { ...contextFor(googleAds, server, settings), http: createHttp({ allow: [server.host] }) };
  await expect(googleAds.check(ctx)).rejects.toThrow(/private network/);
});

test('only a whole key file is taken', () => {
  const parsed = googleAds.settings.safeParse({
    serviceAccountKey: '{"type":"authorized_user"}',
    customerId: '1234567890',
  });
  expect(parsed.error?.issues[0]?.message).toContain('whole JSON file');
});
