import { afterEach, expect, test } from 'vitest';
import brevo from '../../src/connectors/brevo/brevo.ts';
import type { MappedRecord } from '../../src/connectors/contract.ts';
import { type BrevoServer, bvTime, makeBvContact, makeBvEvent, startBrevoServer } from '../vendors/brevo.ts';
import { contextFor, idsOf, mapAll, read } from './reading.ts';

let server: BrevoServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const context = (options: Parameters<typeof contextFor>[3] = {}) =>
  contextFor(brevo, server, server.settings, options);
const mapContact = (given: object) =>
  brevo.map(
    { stream: 'contacts', externalId: 'x', payload: { ...makeBvContact(0), ...given } },
    brevo.settings.parse({ apiKey: 'x' }),
  )[0] as Extract<MappedRecord, { type: 'person' }>;

test('says what it found, and that a webhook needs a token', async () => {
  server = await startBrevoServer({ contacts: 6 });
  expect(await brevo.check(context())).toBe('6 contacts, 2 lists');
  const ctx = contextFor(brevo, server, { ...server.settings, hookToken: undefined });
  expect(await brevo.check(ctx)).toMatch(/Without a webhook token/);
});

test('reads all contacts once, page by page', async () => {
  server = await startBrevoServer({ contacts: 2500 });
  const reading = await read(brevo, context(), 'contacts');
  expect(reading).toMatchObject({ error: null, pages: 3 });
  expect(reading.items).toHaveLength(2500);
  expect(idsOf(reading.items)).toHaveLength(2500);
  expect(reading.cursor).toEqual({ since: new Date(bvTime(2499)).toISOString(), under: null });
});

test('a contact that changes and one that is deleted while pages are turned hide no other', async () => {
  server = await startBrevoServer({ contacts: 2500 });
  const seen = new Set<string>();
  let page = 0;
  for await (const { items } of brevo.streams[0]!.pull(context(), null)) {
    for (const item of items) seen.add(item.externalId);
    if (page++ > 1) continue;
    server.account.contacts[page]!.modifiedAt = bvTime(9000);
    server.account.contacts.splice(page * 10, 2);
  }
  expect(server.account.contacts.every(({ email }) => seen.has(email))).toBe(true);
});

test('a first reading that breaks off goes on at its place; then only what changed comes', async () => {
  server = await startBrevoServer({ contacts: 2500 });
  server.plan('none', 'reset');
  const broken = await read(brevo, context({ tries: 1 }), 'contacts');
  expect(broken).toMatchObject({
    error: { retryable: true },
    cursor: { since: null, under: { offset: 1000 } },
  });
  const rest = await read(brevo, context(), 'contacts', broken.cursor);
  expect(rest.items).toHaveLength(1500);
  server.account.contacts[7] = {
    ...makeBvContact(7),
    modifiedAt: bvTime(3000),
    attributes: { FIRSTNAME: 'New' },
  };
  const later = await read(brevo, context(), 'contacts', rest.cursor);
  expect(idsOf(later.items)).toContain('person7@example.com');
  expect(later.items.length).toBeLessThan(25);
});

test('a slice of time is read again without moving the cursor', async () => {
  server = await startBrevoServer({ contacts: 200 });
  const window = { from: new Date(bvTime(10)), to: new Date(bvTime(13)) };
  const cursor = { since: '2026-11-01T00:00:00.000Z', under: null };
  const reading = await read(brevo, { ...context(), window }, 'contacts', cursor);
  expect(idsOf(reading.items)).toEqual([10, 11, 12].map((index) => `person${index}@example.com`));
  expect(reading.cursor).toEqual(cursor);
});

test('a contact is a person; lists it is on are decisions, one that waits for its second yes is none', async () => {
  server = await startBrevoServer({ contacts: 0 });
  expect(mapContact({})).toMatchObject({
    identifiers: [{ kind: 'source', value: '1' }, { kind: 'email' }],
    traits: { firstName: 'Person', lastName: '0', PLAN: 'free' },
    consents: [
      { topic: 'brevo-3', state: 'granted', decidedAt: null },
      { topic: 'brevo-2', state: 'granted', decidedAt: null },
    ],
  });
  expect(mapContact({ attributes: { 'DOUBLE_OPT-IN': 2 } }).consents).toEqual([]);
  expect(mapContact({ attributes: { 'DOUBLE_OPT-IN': 1 } }).consents).toHaveLength(2);
});

test('a blocked contact has left everything, one that left a list only that', async () => {
  server = await startBrevoServer({ contacts: 0 });
  expect(mapContact({ emailBlacklisted: true }).consents).toMatchObject([
    { channel: 'email', topic: null, state: 'withdrawn' },
  ]);
  expect(mapContact({ listUnsubscribed: [3] }).consents).toMatchObject([
    { topic: 'brevo-2', state: 'granted' },
    { topic: 'brevo-3', state: 'withdrawn' },
  ]);
  expect(mapContact({ smsBlacklisted: true, listIds: [] }).consents).toMatchObject([
    { channel: 'sms', topic: null, state: 'withdrawn' },
  ]);
});

test('transactional mails are read by day, the last day once more', async () => {
  server = await startBrevoServer();
  const first = await read(brevo, context(), 'events');
  expect(mapAll(brevo, first.items, context().settings)).toMatchObject([
    { name: 'email_sent', properties: { campaign: 'Receipt', message_id: '<0@mail>' } },
    { name: 'email_delivered' },
    { name: 'email_bounced', suppress: { email: 'person2@example.com', reason: 'hard_bounce' } },
  ]);
  expect(first.cursor).toEqual({ since: '2026-11-20' });
  server.account.events.push(makeBvEvent('opened', 50));
  const asked = server.requests.length;
  const second = await read(brevo, context(), 'events', first.cursor);
  expect(mapAll(brevo, second.items, context().settings)).toMatchObject([{ name: 'email_opened' }]);
  expect(server.requests.length - asked).toBe(2);
});

test('a campaign is content', async () => {
  server = await startBrevoServer();
  const { items } = await read(brevo, context(), 'campaigns');
  expect(mapAll(brevo, items, context().settings)).toMatchObject([
    {
      type: 'content',
      title: 'News of October',
      kind: 'email',
      publishedAt: new Date('2026-10-05T07:00:00Z'),
    },
  ]);
});

test('counts its contacts by the day they were made, and now', async () => {
  server = await startBrevoServer({ contacts: 2000 });
  expect(await brevo.totals!(context(), new Date('2026-10-01'), new Date('2026-10-04'))).toEqual([
    { stream: 'contacts', figure: 'people', day: '2026-10-01', value: '960' },
    { stream: 'contacts', figure: 'people', day: '2026-10-02', value: '1040' },
    { stream: 'contacts', figure: 'people', day: '2026-10-03', value: '0' },
    { stream: 'contacts', figure: 'people', day: null, value: '2000' },
  ]);
});

test('asked to slow down it waits as long as Brevo says in its own header', async () => {
  server = await startBrevoServer();
  server.plan({
    status: 429,
    headers: { 'x-sib-ratelimit-reset': '4' },
    json: { code: 'too_many', message: '' },
  });
  const ctx = context();
  expect((await read(brevo, ctx, 'contacts')).items).toHaveLength(6);
  expect(ctx.waits).toEqual([4000]);
});

test.each([
  {
    fault: { status: 401, json: { code: 'unauthorized', message: 'Key not found' } },
    says: 'Generate a new one',
    needsReconnect: true,
  },
  {
    fault: {
      status: 401,
      json: { code: 'unauthorized', message: 'We have detected you are using an unrecognised IP address' },
    },
    says: 'Authorised IPs',
    needsReconnect: true,
  },
  {
    fault: { status: 400, json: { code: 'invalid', message: 'Bad date' } },
    says: 'Bad date',
    needsReconnect: false,
  },
  { fault: 'html' as const, says: 'a web page', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startBrevoServer();
  server.plan(fault, fault, fault, fault);
  const { error } = await read(brevo, context(), 'contacts');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});
