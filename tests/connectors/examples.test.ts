import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import auth0 from '../../src/connectors/auth0/auth0.ts';
import clerk from '../../src/connectors/clerk/clerk.ts';
import type { HookRequest, Item } from '../../src/connectors/contract.ts';
import googleAds from '../../src/connectors/google-ads/google-ads.ts';
import googleAnalytics from '../../src/connectors/google-analytics/google-analytics.ts';
import searchConsole from '../../src/connectors/search-console/search-console.ts';
import supabase from '../../src/connectors/supabase/supabase.ts';
import type { Vendor } from '../../src/demo/vendors/wire.ts';
import { startGoogle } from '../vendors/google.ts';
import { loadSpec } from '../vendors/spec.ts';
import { contextFor, mapAll, NOW, read } from './reading.ts';

const file = new URL('../vendors/specs/examples.json', import.meta.url);
/** What the vendors' documentation shows. */
const examples = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
const secret = 'a-long-hook-word';

async function readExample(options: { spec: string; scope: string; answer: Vendor }) {
  const scope = `https://www.googleapis.com/auth/${options.scope}`;
  return await startGoogle(options.answer, { scope, spec: await loadSpec(options.spec) });
}

function hook(body: unknown, headers: Record<string, string>): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(JSON.stringify(body)), receivedAt: NOW };
}

function itemsIn(verified: { items: Item[] } | { answer: unknown }): Item[] {
  if (!('items' in verified)) throw new Error(`It was refused: ${JSON.stringify(verified)}`);
  return verified.items;
}

test('spend as Google Ads tells it', async () => {
  const account = [{ results: [{ customer: { currencyCode: 'EUR', timeZone: 'Europe/Berlin' } }] }];
  const answer: Vendor = ({ body }) => ({
    status: 200,
    json: body.includes('FROM campaign') ? examples.google_ads : account,
  });
  const server = await readExample({ spec: 'google-ads.json', scope: 'adwords', answer });
  const settings = { serviceAccountKey: server.serviceAccountKey, customerId: '1234567890', url: server.url };
  const ctx = contextFor(googleAds, server, settings);
  const { items } = await read(googleAds, ctx, 'spend', { until: '2026-11-20' });
  expect(mapAll(googleAds, items.slice(0, 1), ctx.settings)).toMatchObject([
    {
      day: '2026-11-01',
      campaign: 'Campaign 11',
      cost: '3.69',
      currency: 'EUR',
      clicks: 3,
      impressions: 150,
    },
  ]);
  expect(server.violations).toEqual([]);
  await server.close();
});

test('figures as Google Analytics and Search Console tell them', async () => {
  const scope = 'analytics.readonly';
  const analytics = await readExample({
    ...{ spec: 'google-analytics.json', scope },
    answer: () => ({ status: 200, json: examples.google_analytics }),
  });
  const property = contextFor(googleAnalytics, analytics, {
    ...{ serviceAccountKey: analytics.serviceAccountKey, propertyId: '1', url: analytics.url },
  });
  expect(await googleAnalytics.check(property)).toContain('127 sessions yesterday, days of Europe/Berlin');
  const search = await readExample({
    ...{ spec: 'search-console.json', scope: 'webmasters.readonly' },
    answer: () => ({ status: 200, json: examples.search_console }),
  });
  const site = contextFor(searchConsole, search, {
    ...{ serviceAccountKey: search.serviceAccountKey, site: 'sc-domain:example.com', url: search.url },
  });
  site.window = { from: new Date('2026-11-01T12:00:00Z'), to: new Date('2026-11-01T13:00:00Z') };
  const { items } = await read(searchConsole, site, 'queries');
  expect(mapAll(searchConsole, items, site.settings)).toMatchObject([
    { name: 'search_clicks', day: '2026-11-01', dimensions: { query: 'widgets' }, value: '4' },
    { name: 'search_impressions', value: '100' },
    { name: 'search_position', value: '3.2' },
  ]);
  expect([...analytics.violations, ...search.violations]).toEqual([]);
  await Promise.all([analytics.close(), search.close()]);
});

test('accounts as Auth0 and Supabase tell them', () => {
  const tenant = auth0.settings.parse({
    url: 'https://a.eu.auth0.com',
    clientId: 'c',
    clientSecret: 's',
    webhookSecret: secret,
  });
  const [user] = itemsIn(
    auth0.hooks!.verify(hook(examples.auth0_event, { authorization: `Bearer ${secret}` }), tenant),
  );
  expect(auth0.map(user!, tenant)).toMatchObject([
    {
      identifiers: [
        {},
        { kind: 'user_id', value: 'auth0|507f1f77bcf86cd799439020' },
        { kind: 'email', value: 'ada@example.com' },
      ],
      traits: { name: 'Ada' },
    },
    { name: 'signed_up', occurredAt: new Date('2026-11-01T12:34:56Z') },
  ]);
  const project = supabase.settings.parse({
    url: 'https://abc.supabase.co',
    serviceKey: 'sb_secret_example_key_1',
    webhookSecret: secret,
  });
  const [row] = itemsIn(
    supabase.hooks!.verify(hook(examples.supabase_notice, { 'x-webhook-secret': secret }), project),
  );
  expect(supabase.map(row!, project)).toMatchObject([
    {
      identifiers: [{ kind: 'source' }, { kind: 'user_id' }],
      traits: { email: 'ada@example.com', emailVerified: false, name: 'Ada' },
    },
    { name: 'signed_up', occurredAt: new Date('2026-11-01T10:00:00.123Z') },
  ]);
});

test('an account as Clerk tells it', () => {
  const { data } = z.object({ data: z.record(z.string(), z.unknown()) }).parse(examples.clerk_event);
  const given = clerk.settings.parse({ secretKey: 'sk_test_x' });
  const item = { stream: 'users', externalId: String(data.id), payload: data };
  expect(clerk.map(item, given)).toMatchObject([
    {
      identifiers: [
        { value: 'user_29w83sxmDNGwOuEthce5gg56FcC' },
        { kind: 'user_id', value: '567772' },
        { kind: 'email', value: 'ada@example.com' },
      ],
      traits: { name: 'Ada Lovelace' },
    },
    { name: 'signed_up', occurredAt: new Date(1_654_012_591_514) },
  ]);
});
