import { afterEach, expect, test } from 'vitest';
import type { MappedRecord } from '../../src/connectors/contract.ts';
import klaviyo from '../../src/connectors/klaviyo/klaviyo.ts';
import {
  type KlaviyoServer,
  klaviyoTime,
  makeKlaviyoEvent,
  startKlaviyoServer,
  subscriptionOf,
} from '../vendors/klaviyo.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: KlaviyoServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const context = (given: object = {}, options: Parameters<typeof contextFor>[3] = {}) =>
  contextFor(klaviyo, server, { ...server.settings, ...given }, options);
const profilePayload = (subscriptions: object) => ({
  id: 'K1',
  email: 'ada@example.com',
  created: klaviyoTime(0),
  updated: klaviyoTime(1),
  subscriptions,
});
const mapProfile = (subscriptions: object) =>
  klaviyo.map(
    { stream: 'profiles', externalId: 'K1', payload: profilePayload(subscriptions) },
    klaviyo.settings.parse({ apiKey: 'pk_x' }),
  )[0] as Extract<MappedRecord, { type: 'person' }>;

test('says whose account it is and what it found', async () => {
  server = await startKlaviyoServer({ profiles: 6 });
  expect(await klaviyo.check(context())).toBe('The account of Ada’s Tea: 6 profiles, 8 metrics');
});

test('reads all profiles and all events once', async () => {
  server = await startKlaviyoServer({ profiles: 330 });
  const profiles = await read(klaviyo, context(), 'profiles');
  expect(profiles).toMatchObject({ error: null });
  expect(profiles.items).toHaveLength(330);
  expect(idsOf(profiles.items)).toHaveLength(330);
  const events = await read(klaviyo, context(), 'events');
  expect(idsOf(events.items)).toHaveLength(server.account.events.length);
});

test('reads an import of hundreds that share one second', async () => {
  server = await startKlaviyoServer({ profiles: 330, sameSecond: true });
  expect(idsOf((await read(klaviyo, context(), 'profiles')).items)).toHaveLength(330);
});

test('a profile that changes while pages are turned is not lost, nor any other', async () => {
  server = await startKlaviyoServer({ profiles: 330 });
  const pages = klaviyo.streams[0]!.pull(context(), null);
  const seen = new Set<string>();
  let page = 0;
  for await (const { items } of pages) {
    for (const item of items) seen.add(item.externalId);
    if (page++ < 2) server.change(page * 3, klaviyoTime(5000 + page));
  }
  expect(seen.size).toBe(330);
});

test('the next reading brings what changed since, with an overlap of ten minutes', async () => {
  server = await startKlaviyoServer({ profiles: 120 });
  const first = await read(klaviyo, context(), 'profiles');
  expect(first.cursor).toEqual({ since: '2026-10-01T08:59:00.000Z' });
  server.change(3, klaviyoTime(500), { first_name: 'New' });
  const second = await read(klaviyo, context(), 'profiles', first.cursor);
  expect(second.items.at(-1)?.payload).toMatchObject({ first_name: 'New' });
  expect(second.items.length).toBeLessThan(25);
});

test('an event dated in the future waits for its time and never moves the cursor', async () => {
  server = await startKlaviyoServer({ profiles: 4 });
  const future = makeKlaviyoEvent('Opened Email', 1, '2027-05-01T00:00:00+00:00');
  server.account.events.push(future);
  const first = await read(klaviyo, context(), 'events');
  expect(idsOf(first.items)).not.toContain(future.id);
  const late = makeKlaviyoEvent('Clicked Email', 0, klaviyoTime(10_100), { URL: 'https://example.com/' });
  server.account.events.push(late);
  expect(idsOf((await read(klaviyo, context(), 'events', first.cursor)).items)).toContain(late.id);
  const then = context({}, { now: new Date('2027-05-02T00:00:00Z') });
  expect(idsOf((await read(klaviyo, then, 'events', first.cursor)).items)).toContain(future.id);
});

test('a slice of time is read again without moving the cursor', async () => {
  server = await startKlaviyoServer({ profiles: 200 });
  const window = { from: new Date('2026-10-01T08:30:00Z'), to: new Date('2026-10-01T08:32:00Z') };
  const cursor = { since: '2026-11-01T00:00:00.000Z' };
  const profiles = await read(klaviyo, { ...context(), window }, 'profiles', cursor);
  expect(profiles.items.map((item) => item.payload.email)).toEqual(
    [60, 61, 62, 63].map((index) => `person${index}@example.com`),
  );
  expect(profiles.cursor).toEqual(cursor);
  const events = await read(klaviyo, { ...context(), window }, 'events', cursor);
  expect(events).toMatchObject({ items: [], cursor, error: null });
});

test('mails become events with their campaign; a hard bounce is suppressed', async () => {
  server = await startKlaviyoServer({ profiles: 6 });
  const events = mapAll(klaviyo, (await read(klaviyo, context(), 'events')).items, context().settings);
  const of = (name: string) => events.filter((record) => record.type === 'event' && record.name === name);
  expect(of('email_sent')).toHaveLength(5);
  expect(of('email_delivered')).toHaveLength(5);
  expect(of('email_opened')).toHaveLength(2);
  expect(of('email_opened')[0]).toMatchObject({
    identifiers: [{ kind: 'source' }, { kind: 'email', value: 'person3@example.com' }],
    properties: { campaign_id: '01HX', campaign: 'October', subject: 'News' },
  });
  expect(of('email_bounced')).toMatchObject([
    { properties: { type: 'hard' }, suppress: { email: 'person5@example.com', reason: 'hard_bounce' } },
  ]);
});

test('orders come only when they are asked for, and then under the number of the shop', async () => {
  server = await startKlaviyoServer({ profiles: 2 });
  const order = {
    OrderId: '#1001',
    $event_id: 'e1',
    $value: 24.9,
    $currency_code: 'EUR',
    ItemNames: ['Tea'],
  };
  server.account.events = [makeKlaviyoEvent('Placed Order', 0, klaviyoTime(0), order)];
  const { items } = await read(klaviyo, context(), 'events');
  expect(mapAll(klaviyo, items, context().settings)).toEqual([]);
  expect(mapAll(klaviyo, items, context({ readsOrders: true }).settings)).toMatchObject([
    { name: 'order_placed', value: '24.9', currency: 'EUR', properties: { order_id: '#1001' } },
  ]);
});

test('metrics of other systems keep their name behind ours', async () => {
  server = await startKlaviyoServer({ profiles: 2 });
  const viewed = { ProductName: 'Tea', Categories: ['a'], $event_id: 'x' };
  server.account.events = [makeKlaviyoEvent('Viewed Product', 0, klaviyoTime(0), viewed)];
  const { items } = await read(klaviyo, context(), 'events');
  expect(mapAll(klaviyo, items, context().settings)).toMatchObject([
    { name: 'klaviyo_viewed_product', properties: { ProductName: 'Tea' } },
  ]);
});

test.each([
  ['SUBSCRIBED', [{ channel: 'email', topic: null, state: 'granted', decidedAt: new Date(klaviyoTime(0)) }]],
  [
    'UNSUBSCRIBED',
    [{ channel: 'email', topic: null, state: 'withdrawn', decidedAt: new Date(klaviyoTime(0)) }],
  ],
  ['NEVER_SUBSCRIBED', []],
])('%s is the decision it says', async (consent, expected) => {
  server = await startKlaviyoServer({ profiles: 0 });
  expect(mapProfile(subscriptionOf(consent, klaviyoTime(0))).consents).toMatchObject(expected);
});

test('suppressions are no consent: dead addresses and complaints are suppressed, chosen ones withdrawn', async () => {
  server = await startKlaviyoServer({ profiles: 0 });
  const with_ = (reason: string) =>
    mapProfile(subscriptionOf('NEVER_SUBSCRIBED', klaviyoTime(0), [{ reason, timestamp: klaviyoTime(9) }]));
  expect(with_('HARD_BOUNCE')).toMatchObject({ consents: [], suppress: { reason: 'hard_bounce' } });
  expect(with_('SPAM_COMPLAINT')).toMatchObject({ consents: [], suppress: { reason: 'complaint' } });
  expect(with_('USER_SUPPRESSED').consents).toMatchObject([
    { topic: null, state: 'withdrawn', decidedAt: new Date(klaviyoTime(9)) },
  ]);
});

test('an external ID joins people only where the business says that it is theirs', async () => {
  server = await startKlaviyoServer({ profiles: 1 });
  const { items } = await read(klaviyo, context(), 'profiles');
  const kinds = (settings: object) =>
    mapAll(klaviyo, items, context(settings).settings).flatMap((record) =>
      record.type === 'person' ? record.identifiers.map(({ kind }) => kind) : [],
    );
  expect(kinds({})).toEqual(['source', 'email']);
  expect(kinds({ isExternalIdOurs: true })).toEqual(['source', 'email', 'user_id']);
});

test('counts people and mails by the day', async () => {
  server = await startKlaviyoServer({ profiles: 250 });
  const totals = await klaviyo.totals!(context(), new Date('2026-10-01'), new Date('2026-11-01'));
  expect(totals).toEqual([
    { stream: 'profiles', figure: 'people', day: '2026-10-01', value: '250' },
    { stream: 'events', figure: 'sent', day: '2026-10-08', value: '249' },
  ]);
});

test('asked to slow down it waits as long as it was told', async () => {
  server = await startKlaviyoServer({ profiles: 3 });
  const busy = { status: 429, headers: { 'retry-after': '7' }, json: { errors: [] } };
  server.plan(busy);
  const ctx = context();
  expect(await read(klaviyo, ctx, 'profiles')).toMatchObject({ error: null });
  expect(ctx.waits).toEqual([7000]);
});

test('a next page on another host is not followed: it would be told the key', async () => {
  server = await startKlaviyoServer({ profiles: 1 });
  const json = { data: [], links: { self: 'https://a', next: 'https://evil.example.com/api/metrics' } };
  server.plan({ status: 200, json });
  await expect(klaviyo.totals!(context(), new Date('2026-10-01'), NOW)).rejects.toThrow(/another host/);
});

test.each([
  { fault: { status: 401, json: { errors: [] } }, says: 'Make a new one', needsReconnect: true },
  { fault: { status: 403, json: { errors: [] } }, says: 'may not do that', needsReconnect: true },
  {
    fault: { status: 400, json: { errors: [{ detail: 'Bad filter.' }] } },
    says: 'Bad filter.',
    needsReconnect: false,
  },
  { fault: 'garbage' as const, says: 'unreadable', needsReconnect: false },
  { fault: 'timeout' as const, says: 'silent', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startKlaviyoServer();
  server.plan(fault, fault, fault, fault);
  const limits = fault === 'timeout' ? { idleMs: 300 } : {};
  const { error } = await read(klaviyo, context({}, limits), 'profiles');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});
