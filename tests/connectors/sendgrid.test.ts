import { afterEach, expect, test } from 'vitest';
import sendgrid from '../../src/connectors/sendgrid/sendgrid.ts';
import { makeSgContact, type SendgridServer, sgTime, startSendgridServer } from '../vendors/sendgrid.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: SendgridServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const context = (options: Parameters<typeof contextFor>[3] = {}) =>
  contextFor(sendgrid, server, server.settings, options);
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

test('says what it found, and that a webhook needs a key', async () => {
  server = await startSendgridServer({ contacts: 5 });
  expect(await sendgrid.check(context())).toBe('5 contacts, 1 lists');
  const ctx = contextFor(sendgrid, server, { ...server.settings, verification: undefined });
  expect(await sendgrid.check(ctx)).toMatch(/Without a verification key no webhook is taken$/);
});

test('contacts come as packed files of an export, waited for', async () => {
  server = await startSendgridServer({ contacts: 2500, fileSize: 700, exportAsks: 2 });
  const ctx = context();
  const reading = await read(sendgrid, ctx, 'contacts');
  expect(reading).toMatchObject({
    error: null,
    cursor: { exportedAt: NOW.toISOString(), exportId: null, filesRead: 0 },
  });
  expect(idsOf(reading.items)).toHaveLength(2500);
  expect(ctx.waits).toEqual([9000, 9000]);
  expect(server.requests.filter(({ path }) => path.startsWith('/files/'))).toHaveLength(4);
});

test('an export that takes long is taken up by the next run, not asked for again', async () => {
  server = await startSendgridServer({ contacts: 5, exportAsks: 1000 });
  const first = await read(sendgrid, context(), 'contacts');
  expect(first).toMatchObject({
    items: [],
    error: { retryable: true, message: expect.stringContaining('still preparing') },
    cursor: { exportId: 'export-1' },
  });
  server.account.exports[0]!.asksLeft = 0;
  const second = await read(sendgrid, context(), 'contacts', first.cursor);
  expect(second.items).toHaveLength(5);
  expect(server.account.exports).toHaveLength(1);
});

test('a reading that breaks off goes on with the file it was at', async () => {
  server = await startSendgridServer({ contacts: 300, fileSize: 100 });
  server.plan('none', 'none', 'none', 'reset');
  const broken = await read(sendgrid, context({ tries: 1 }), 'contacts');
  expect(broken).toMatchObject({
    error: { retryable: true },
    cursor: { exportId: 'export-1', filesRead: 1 },
  });
  const rest = await read(sendgrid, context(), 'contacts', broken.cursor);
  expect(rest.items).toHaveLength(200);
});

test('an export whose files have expired is asked for anew', async () => {
  server = await startSendgridServer({ contacts: 5 });
  await read(sendgrid, context(), 'contacts');
  server.account.exports[0]!.files = [];
  const stale = { exportedAt: null, askedAt: NOW.toISOString(), exportId: 'export-1', filesRead: 0 };
  server.plan({
    status: 200,
    json: {
      id: 'export-1',
      status: 'ready',
      created_at: '',
      updated_at: '',
      expires_at: '',
      urls: [`${server.url}/files/export-1/0`],
    },
  });
  const expired = await read(sendgrid, context(), 'contacts', stale);
  expect(expired).toMatchObject({
    error: { message: expect.stringContaining('expired') },
    cursor: { exportId: null },
  });
  expect((await read(sendgrid, context(), 'contacts', expired.cursor)).items).toHaveLength(5);
});

test('an export SendGrid could not make is said, and the next run begins anew', async () => {
  server = await startSendgridServer({ contacts: 5, exportAsks: 1 });
  const pulling = sendgrid.streams[0]!.pull(context(), null)[Symbol.asyncIterator]();
  const { value } = await pulling.next();
  server.account.exports[0]!.status = 'failure';
  const failed = await read(sendgrid, context(), 'contacts', value.cursor);
  expect(failed).toMatchObject({
    error: { message: expect.stringContaining('no room') },
    cursor: { exportId: null },
  });
});

test('an export is made every six hours at most, and whenever a slice is to be read again', async () => {
  server = await startSendgridServer({ contacts: 5 });
  const { cursor } = await read(sendgrid, context(), 'contacts');
  expect((await read(sendgrid, context({ now: later(5) }), 'contacts', cursor)).items).toEqual([]);
  expect((await read(sendgrid, context({ now: later(7) }), 'contacts', cursor)).items).toHaveLength(5);
  const window = { from: later(-24), to: NOW };
  expect((await read(sendgrid, { ...context(), window }, 'contacts', cursor)).items).toHaveLength(5);
});

test('a contact is a person with what is known of it, and no decision', async () => {
  server = await startSendgridServer({ contacts: 1 });
  const { items } = await read(sendgrid, context(), 'contacts');
  expect(mapAll(sendgrid, items, context().settings)).toEqual([
    {
      type: 'person',
      key: '',
      identifiers: [
        { kind: 'source', value: makeSgContact(0).contact_id },
        { kind: 'email', value: 'person0@example.com' },
      ],
      traits: {
        plan: 'free',
        email: 'person0@example.com',
        firstName: 'Person',
        lastName: '0',
        country: 'Germany',
        createdAt: '2026-10-01T08:00:00.000Z',
      },
      changedAt: new Date('2026-10-02T08:00:00Z'),
      consents: [],
    },
  ]);
});

test('who left, bounced or complained is known, also from before there was a webhook', async () => {
  server = await startSendgridServer();
  const of = async (stream: string) =>
    mapAll(sendgrid, (await read(sendgrid, context(), stream)).items, context().settings);
  expect((await of('unsubscribes'))[0]).toMatchObject({
    identifiers: [{ kind: 'email', value: 'left2@example.com' }],
    consents: [{ topic: null, state: 'withdrawn', decidedAt: new Date(sgTime(2) * 1000) }],
  });
  expect(await of('bounces')).toMatchObject([
    { suppress: { email: 'dead1@example.com', reason: 'hard_bounce' } },
    { suppress: { email: 'dead0@example.com', reason: 'hard_bounce' } },
  ]);
  expect(await of('spam_reports')).toMatchObject([
    { suppress: { email: 'angry@example.com', reason: 'complaint' } },
  ]);
});

test('a long list is read by pages, and then only what was added, with an hour before it', async () => {
  server = await startSendgridServer();
  server.account.suppressed.unsubscribes = Array.from({ length: 1200 }, (_, index) => ({
    email: `left${index}@example.com`,
    created: sgTime(0) + index * 60,
  }));
  const first = await read(sendgrid, context(), 'unsubscribes');
  expect(idsOf(first.items)).toHaveLength(1200);
  expect(first.cursor).toEqual({ since: sgTime(0) + 1199 * 60 });
  server.account.suppressed.unsubscribes.push({ email: 'new@example.com', created: sgTime(30) });
  const second = await read(sendgrid, context(), 'unsubscribes', first.cursor);
  expect(second.items[0]?.externalId).toBe(`new@example.com:${sgTime(30)}`);
  expect(second.items.length).toBeLessThan(70);
});

test('a slice of time is read again without moving the cursor', async () => {
  server = await startSendgridServer();
  const window = { from: new Date(sgTime(1) * 1000), to: new Date(sgTime(2) * 1000) };
  const cursor = { since: sgTime(99) };
  const reading = await read(sendgrid, { ...context(), window }, 'unsubscribes', cursor);
  expect(idsOf(reading.items)).toEqual([`left1@example.com:${sgTime(1)}`]);
  expect(reading.cursor).toEqual(cursor);
});

test('counts its contacts', async () => {
  server = await startSendgridServer({ contacts: 7 });
  expect(await sendgrid.totals!(context(), new Date('2026-11-01'), NOW)).toEqual([
    { stream: 'contacts', figure: 'people', day: null, value: '7' },
  ]);
});

test('asked to slow down it waits for the end of the minute SendGrid names', async () => {
  server = await startSendgridServer();
  server.plan({ status: 429, headers: { 'x-ratelimit-reset': '11' }, json: { errors: [] } });
  const ctx = context();
  expect((await read(sendgrid, ctx, 'bounces')).items).toHaveLength(2);
  expect(ctx.waits).toEqual([11_000]);
});

test.each([
  { fault: { status: 401, json: { errors: [] } }, says: 'Make a new one', needsReconnect: true },
  { fault: { status: 403, json: { errors: [] } }, says: 'Suppressions', needsReconnect: true },
  { fault: 'garbage' as const, says: 'unreadable', needsReconnect: false },
  { fault: 'html' as const, says: 'a web page', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startSendgridServer();
  server.plan(fault, fault, fault, fault);
  const { error } = await read(sendgrid, context(), 'unsubscribes');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});
