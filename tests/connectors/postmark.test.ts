import { afterEach, expect, test } from 'vitest';
import postmark from '../../src/connectors/postmark/postmark.ts';
import {
  makePmMessage,
  makePmSign,
  type PostmarkServer,
  pmTime,
  startPostmarkServer,
} from '../vendors/postmark.ts';
import { contextFor, idsOf, mapAll, read } from './reading.ts';

let server: PostmarkServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const context = (options: Parameters<typeof contextFor>[3] = {}) =>
  contextFor(postmark, server, server.settings, options);

test('says which server it is', async () => {
  server = await startPostmarkServer({ messages: 8 });
  expect(await postmark.check(context())).toBe('The server Ada’s Tea with 8 mails it still remembers');
});

test('reads what Postmark still remembers, each mail once', async () => {
  server = await startPostmarkServer({ messages: 100 });
  const reading = await read(postmark, context(), 'messages');
  expect(reading).toMatchObject({ error: null, cursor: { since: new Date(pmTime(99)).toISOString() } });
  expect(reading.items).toHaveLength(100);
  expect(idsOf(reading.items)).toHaveLength(100);
  expect((await read(postmark, context(), 'opens')).items).toHaveLength(50);
  expect((await read(postmark, context(), 'clicks')).items).toHaveLength(25);
});

test('then only the day it was at, and what came since', async () => {
  server = await startPostmarkServer({ messages: 100 });
  const first = await read(postmark, context(), 'messages');
  server.account.messages.push(makePmMessage(500, 120));
  const asked = server.requests.length;
  const second = await read(postmark, context(), 'messages', first.cursor);
  expect(idsOf(second.items)).toContain(makePmMessage(500).MessageID);
  expect(second.items.length).toBeLessThan(10);
  expect(server.requests.length - asked).toBeLessThan(12);
});

test('a day of many mails is read by pages while new ones come', async () => {
  server = await startPostmarkServer({ messages: 0 });
  server.account.messages = Array.from({ length: 1200 }, (_, index) =>
    makePmMessage(index, 10 + index / 3600),
  );
  const pages = postmark.streams[0]!.pull(context(), null);
  const seen = new Set<string>();
  for await (const { items } of pages) {
    for (const item of items) seen.add(item.externalId);
    if (items.length === 500) server.account.messages.push(makePmMessage(5000 + seen.size, 11));
  }
  expect(server.account.messages.slice(0, 1200).every(({ MessageID }) => seen.has(MessageID))).toBe(true);
});

test('more mails of a day than Postmark shows are said, not passed over', async () => {
  server = await startPostmarkServer({ messages: 0 });
  server.account.messages = Array.from({ length: 10_400 }, (_, index) =>
    makePmMessage(index, 10 + index / 36000),
  );
  const reading = await read(postmark, context(), 'messages');
  expect(idsOf(reading.items)).toHaveLength(10_000);
  expect(reading.error).toMatchObject({
    retryable: false,
    message: expect.stringMatching(/only 10,000 mails of a day, and on 2026-11-10/),
  });
});

test('opens are read from the newest down to what is known', async () => {
  server = await startPostmarkServer({ messages: 0 });
  server.account.opens = Array.from({ length: 1200 }, (_, index) =>
    makePmSign(makePmMessage(index, index / 60), 1),
  );
  const first = await read(postmark, context(), 'opens');
  expect(idsOf(first.items)).toHaveLength(1200);
  server.account.opens.push(makePmSign(makePmMessage(9000, 30), 1));
  const asked = server.requests.length;
  const second = await read(postmark, context(), 'opens', first.cursor);
  expect(second.items[0]?.externalId).toContain('000000009000:person9000');
  expect(server.requests.length - asked).toBe(2);
});

test('a slice of time is read again without moving the cursor', async () => {
  server = await startPostmarkServer({ messages: 100 });
  const window = { from: new Date('2026-11-11T00:00:00Z'), to: new Date('2026-11-12T00:00:00Z') };
  const cursor = { since: '2026-11-19T00:00:00.000Z' };
  const reading = await read(postmark, { ...context(), window }, 'messages', cursor);
  expect(reading.items).toHaveLength(24);
  expect(reading.cursor).toEqual(cursor);
});

test('a mail to two people was sent to each', async () => {
  server = await startPostmarkServer({ messages: 0 });
  server.account.messages = [{ ...makePmMessage(0), Recipients: ['a@example.com', 'B@example.com'] }];
  const { items } = await read(postmark, context(), 'messages');
  expect(mapAll(postmark, items, context().settings)).toMatchObject([
    {
      name: 'email_sent',
      key: 'a@example.com',
      occurredAt: new Date(pmTime(0)),
      properties: { campaign: 'welcome' },
    },
    { name: 'email_sent', key: 'b@example.com', identifiers: [{ kind: 'email', value: 'B@example.com' }] },
  ]);
});

test('a hard bounce and a complaint end the writing, a passing one does not', async () => {
  server = await startPostmarkServer();
  const { items } = await read(postmark, context(), 'bounces');
  expect(mapAll(postmark, items, context().settings)).toMatchObject([
    { name: 'email_complained', suppress: { email: 'person2@example.com', reason: 'complaint' } },
    { name: 'email_bounced', properties: { type: 'soft' }, suppress: undefined },
    { name: 'email_bounced', properties: { type: 'hard' }, suppress: { reason: 'hard_bounce' } },
  ]);
});

test('counts what was sent by our days, not by its own', async () => {
  server = await startPostmarkServer({ messages: 30 });
  expect(await postmark.totals!(context(), new Date('2026-11-10'), new Date('2026-11-12'))).toEqual([
    { stream: 'messages', figure: 'sent', day: '2026-11-10', value: '24' },
    { stream: 'messages', figure: 'sent', day: '2026-11-11', value: '6' },
  ]);
});

test('asked to slow down it waits as long as it was told', async () => {
  server = await startPostmarkServer();
  server.plan({ status: 429, headers: { 'retry-after': '3' }, json: { ErrorCode: 429, Message: 'Slow.' } });
  const ctx = context();
  expect(await read(postmark, ctx, 'opens')).toMatchObject({ error: null });
  expect(ctx.waits).toEqual([3000]);
});

test.each([
  {
    fault: { status: 401, json: { ErrorCode: 10, Message: '' } },
    says: 'server API token',
    needsReconnect: true,
  },
  {
    fault: { status: 422, json: { ErrorCode: 1, Message: 'No such.' } },
    says: 'No such.',
    needsReconnect: false,
  },
  { fault: 'garbage' as const, says: 'unreadable', needsReconnect: false },
  { fault: 'truncated' as const, says: 'broke off', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startPostmarkServer();
  server.plan(fault, fault, fault, fault);
  const { error } = await read(postmark, context(), 'bounces');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});

test('a wrong token asks to reconnect', async () => {
  server = await startPostmarkServer();
  const ctx = contextFor(postmark, server, { ...server.settings, serverToken: 'another' });
  expect((await read(postmark, ctx, 'messages')).error).toMatchObject({ needsReconnect: true });
});
