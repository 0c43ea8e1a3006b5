import { afterEach, expect, test } from 'vitest';
import { proofOf } from '../../src/connectors/meta-ads/client.ts';
import metaAds from '../../src/connectors/meta-ads/meta-ads.ts';
import { type MetaServer, makeLead, startMetaServer } from '../vendors/meta.ts';
import { vectors } from '../vendors/vectors.ts';
import { contextFor, idsOf, mapAll, read } from './reading.ts';

let server: MetaServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const graphFault = (code: number, more: object = {}) => ({
  status: 400,
  json: { error: { message: 'No.', type: 'OAuthException', code, ...more } },
});

test('says which account it found', async () => {
  server = await startMetaServer();
  const found = await metaAds.check(contextFor(metaAds, server, server.settings));
  expect(found).toBe('Ad account Ada’s Tea, figures in EUR, days of Europe/Berlin');
});

test('proves that it knows the app secret', async () => {
  server = await startMetaServer();
  const { access_token, value } = vectors.meta.appsecret_proof;
  expect(proofOf(access_token, vectors.meta.secret)).toBe(value);
});

test('reads what each campaign cost each day', async () => {
  server = await startMetaServer({ days: 400 });
  const ctx = contextFor(metaAds, server, server.settings);
  const { items, cursor } = await read(metaAds, ctx, 'insights');
  expect(idsOf(items)).toHaveLength(800);
  expect(cursor).toEqual({ until: '2026-11-20' });
  expect(mapAll(metaAds, items.slice(0, 1), ctx.settings)).toEqual([
    {
      type: 'spend',
      key: '',
      day: '2025-10-17',
      channel: 'meta',
      campaignId: '1201',
      campaign: 'Autumn',
      cost: '10.34',
      currency: 'EUR',
      clicks: 20,
      impressions: 1000,
    },
  ]);
});

test('the last 28 days are read again, since their figures still move', async () => {
  server = await startMetaServer({ days: 90 });
  const ctx = contextFor(metaAds, server, server.settings);
  const first = await read(metaAds, ctx, 'insights');
  const second = await read(metaAds, ctx, 'insights', first.cursor);
  const days = second.items.map((item) => String(item.payload.date_start));
  expect([days[0], days.at(-1)]).toEqual(['2026-10-23', '2026-11-20']);
});

test('a reading that breaks off goes on from the last whole slice', async () => {
  server = await startMetaServer({ days: 400 });
  const ctx = contextFor(metaAds, server, server.settings, { tries: 1 });
  server.plan(...Array(15).fill('none'), 'reset');
  const broken = await read(metaAds, ctx, 'insights');
  expect(broken.error).toMatchObject({ retryable: true });
  const rest = await read(metaAds, ctx, 'insights', broken.cursor);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(800);
});

test('a lead is a person and an event that says where it came from', async () => {
  server = await startMetaServer({ leads: 3 });
  const ctx = contextFor(metaAds, server, server.settings);
  const first = await read(metaAds, ctx, 'leads');
  expect(idsOf(first.items)).toHaveLength(3);
  const identifiers = [
    { kind: 'email', value: 'lead2@example.com' },
    { kind: 'phone', value: '+49301234562' },
  ];
  expect(metaAds.map(first.items[0]!, ctx.settings)).toMatchObject([
    { type: 'person', identifiers, traits: { name: 'Lead 2', phone: '+49301234562' } },
    {
      type: 'event',
      name: 'lead_submitted',
      occurredAt: new Date('2026-11-01T12:00:00Z'),
      properties: {
        form: 'Taste box',
        campaign: 'Autumn',
        utm_source: 'meta',
        answers: { 'which_tea?': 'green, black' },
      },
    },
  ]);
  server.account.forms[0]?.leads.push(makeLead(9));
  const second = await read(metaAds, ctx, 'leads', first.cursor);
  expect(idsOf(second.items)).toContain('7779');
  expect(second.items.length).toBeLessThan(4);
});

test('a notice that names a lead is filled in with the lead', async () => {
  server = await startMetaServer({ leads: 1 });
  const ctx = contextFor(metaAds, server, server.settings);
  const notice = {
    stream: 'lead_notices',
    externalId: '7770',
    version: '',
    payload: { leadgen_id: '7770', page_id: '153125381133' },
  };
  const lead = await metaAds.complete?.(ctx, notice);
  expect(lead).toMatchObject({
    stream: 'leads',
    externalId: '7770',
    version: '',
    payload: { form_id: '55' },
  });
});

test('throttling, which Meta answers with 400, is waited for as long as its header says', async () => {
  server = await startMetaServer();
  const headers = {
    'x-business-use-case-usage': JSON.stringify({
      1: [{ type: 'ads_insights', call_count: 100, estimated_time_to_regain_access: 12 }],
    }),
  };
  server.plan({ ...graphFault(80000), headers });
  const { error } = await read(metaAds, contextFor(metaAds, server, server.settings), 'insights');
  expect(error).toMatchObject({ retryable: true, retryAfterMs: 720_000 });
});

test('short throttling and passing faults are outlived', async () => {
  server = await startMetaServer();
  server.plan(graphFault(17), graphFault(2), { ...graphFault(1), status: 500 });
  const reading = await read(metaAds, contextFor(metaAds, server, server.settings), 'insights');
  expect(reading.error).toBeNull();
});

test.each([
  { fault: graphFault(190, { error_subcode: 463 }), says: 'expired', needsReconnect: true },
  { fault: graphFault(200), says: 'permission', needsReconnect: true },
  { fault: graphFault(100), says: 'refused the request', needsReconnect: false },
  { fault: 'garbage' as const, says: 'unreadable', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startMetaServer();
  server.plan(fault, fault, fault, fault);
  const { error } = await read(metaAds, contextFor(metaAds, server, server.settings), 'insights');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});
