import { afterEach, expect, test } from 'vitest';
import mailchimp from '../../src/connectors/mailchimp/mailchimp.ts';
import { AUDIENCE, type MailchimpServer, startMailchimpServer } from '../vendors/mailchimp.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: MailchimpServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

test('says how many contacts it found', async () => {
  server = await startMailchimpServer({ members: 5 });
  expect(await mailchimp.check(contextFor(mailchimp, server, server.settings))).toBe(
    '1 audience, 5 contacts',
  );
});

test('reads every contact once, page by page', async () => {
  server = await startMailchimpServer({ members: 2500 });
  const reading = await read(mailchimp, contextFor(mailchimp, server, server.settings), 'members');
  expect(reading).toMatchObject({ error: null, pages: 3 });
  expect(reading.items).toHaveLength(2500);
  expect(idsOf(reading.items)).toHaveLength(2500);
});

test('reads an import of thousands that share one second', async () => {
  server = await startMailchimpServer({ members: 2500, sameSecond: true });
  const reading = await read(mailchimp, contextFor(mailchimp, server, server.settings), 'members');
  expect(idsOf(reading.items)).toHaveLength(2500);
});

test('reads only what changed since, and a little of what was before', async () => {
  server = await startMailchimpServer({ members: 1200 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const first = await read(mailchimp, ctx, 'members');
  server.change(3, { full_name: 'New Name', last_changed: '2026-02-01T00:00:00+00:00' });
  const second = await read(mailchimp, ctx, 'members', first.cursor);
  expect(second.items.at(-1)).toMatchObject({ payload: { full_name: 'New Name' } });
  const third = await read(mailchimp, ctx, 'members', second.cursor);
  expect(third.items).toHaveLength(1);
});

test('a contact that changes while the others are read is not lost, nor does it hide another', async () => {
  server = await startMailchimpServer({ members: 2500 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const ids: string[] = [];
  const stream = mailchimp.streams.find(({ key }) => key === 'members');
  for await (const page of stream!.pull(ctx, null)) {
    if (ids.length === 0) server.change(5, { full_name: 'Moved', last_changed: '2026-03-01T00:00:00+00:00' });
    ids.push(...page.items.map((item) => item.externalId));
  }
  expect(new Set(ids).size).toBe(2500);
});

test('a contact dated in the future does not carry the cursor there', async () => {
  server = await startMailchimpServer({ members: 3 });
  server.change(0, { last_changed: '2031-01-01T00:00:00+00:00' });
  const reading = await read(mailchimp, contextFor(mailchimp, server, server.settings), 'members');
  expect(reading.cursor).toEqual({ [AUDIENCE]: NOW.toISOString() });
});

test('goes on from the page that was stored last when the vendor breaks off', async () => {
  server = await startMailchimpServer({ members: 2500 });
  const ctx = contextFor(mailchimp, server, server.settings, { tries: 1 });
  server.plan('none', 'none', 'truncated');
  const broken = await read(mailchimp, ctx, 'members');
  expect(broken.error).toMatchObject({ name: 'ConnectorError', retryable: true });
  const rest = await read(mailchimp, ctx, 'members', broken.cursor);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(2500);
});

test('a contact is a person with a decision about one audience', async () => {
  server = await startMailchimpServer({ members: 100 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const { items } = await read(mailchimp, ctx, 'members');
  const of = (index: number) =>
    mailchimp.map(items.find((item) => item.payload.full_name === `Person ${index}`)!, ctx.settings);
  expect(of(0)).toMatchObject([
    {
      type: 'person',
      identifiers: [{ kind: 'source' }, { kind: 'email', value: 'person0@example.com' }],
      traits: {
        email: 'person0@example.com',
        firstName: 'Person',
        lastName: '0',
        PLAN: 'free',
        country: 'DE',
      },
      consents: [
        {
          channel: 'email',
          topic: `mailchimp-${AUDIENCE}`,
          state: 'granted',
          decidedAt: new Date('2026-01-01T00:00:00Z'),
        },
      ],
    },
    { type: 'event', name: 'newsletter_subscribed', occurredAt: new Date('2026-01-01T00:00:00Z') },
  ]);
  expect(of(0)[0]).not.toHaveProperty('traits.phone');
  expect(of(9)).toMatchObject([
    { consents: [{ state: 'withdrawn', decidedAt: new Date('2026-01-01T00:00:03Z') }] },
    {},
  ]);
  expect(of(99)).toMatchObject([
    { consents: [], suppress: { email: 'person99@example.com', reason: 'hard_bounce' } },
    {},
  ]);
});

test('campaigns tell who was sent, opened, clicked, bounced and left', async () => {
  server = await startMailchimpServer({ members: 20, campaigns: 1 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const counts: Record<string, number> = {};
  for (const stream of ['sent', 'activity', 'unsubscribes']) {
    const { items } = await read(mailchimp, ctx, stream);
    for (const record of mapAll(mailchimp, items, ctx.settings)) {
      if (record.type === 'event') counts[record.name] = (counts[record.name] ?? 0) + 1;
    }
  }
  expect(counts).toEqual({
    email_sent: 20,
    email_opened: 20,
    email_clicked: 5,
    email_bounced: 1,
    newsletter_unsubscribed: 1,
  });
});

test('a hard bounce and a leaving carry what follows from them', async () => {
  server = await startMailchimpServer({ members: 20, campaigns: 1 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const activity = mapAll(mailchimp, (await read(mailchimp, ctx, 'activity')).items, ctx.settings);
  const bounce = activity.find((record) => record.type === 'event' && record.name === 'email_bounced');
  expect(bounce).toMatchObject({
    properties: { type: 'hard', campaign: 'News of week 0' },
    suppress: { email: 'person19@example.com', reason: 'hard_bounce' },
  });
  const [left] = mapAll(mailchimp, (await read(mailchimp, ctx, 'unsubscribes')).items, ctx.settings);
  expect(left).toMatchObject({ consents: [{ topic: `mailchimp-${AUDIENCE}`, state: 'withdrawn' }] });
});

test('a campaign that fell silent is not asked about again', async () => {
  server = await startMailchimpServer({ members: 20, campaigns: 1 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const first = await read(mailchimp, ctx, 'activity');
  const asked = server.requests.length;
  const second = await read(mailchimp, ctx, 'activity', first.cursor);
  expect(second.items).toEqual([]);
  expect(server.requests.slice(asked).map(({ path }) => path)).toEqual(['/3.0/campaigns']);
});

test.each([
  { fault: { status: 429, json: {} }, retryable: true, needsReconnect: false },
  {
    fault: { status: 403, headers: { 'content-type': 'text/plain' }, json: '' },
    retryable: true,
    needsReconnect: false,
  },
  { fault: { status: 401, json: { title: 'API Key Invalid' } }, retryable: false, needsReconnect: true },
  { fault: 'html' as const, retryable: true, needsReconnect: false },
  { fault: 'garbage' as const, retryable: true, needsReconnect: false },
  { fault: 'timeout' as const, retryable: true, needsReconnect: false },
  { fault: 'reset' as const, retryable: true, needsReconnect: false },
  { fault: { status: 200, json: { lists: 'none' } }, retryable: true, needsReconnect: false },
])(
  'a fault ends the run in a sentence and says who must act: $fault',
  async ({ fault, retryable, needsReconnect }) => {
    server = await startMailchimpServer({ members: 3 });
    server.plan(fault, fault, fault, fault);
    const limits = fault === 'timeout' ? { idleMs: 300 } : {};
    const { error } = await read(
      mailchimp,
      contextFor(mailchimp, server, server.settings, limits),
      'members',
    );
    expect(error).toMatchObject({ name: 'ConnectorError', retryable, needsReconnect });
    expect(String(error)).toMatch(/[A-Za-z].*\.$/);
    expect(String(error)).not.toContain(server.settings.apiKey);
  },
);

test('two faults in a row are outlived', async () => {
  server = await startMailchimpServer({ members: 3 });
  server.plan({ status: 500, json: {} }, { status: 429, headers: { 'retry-after': '2' }, json: {} });
  const ctx = contextFor(mailchimp, server, server.settings);
  expect((await read(mailchimp, ctx, 'members')).items).toHaveLength(3);
  expect(ctx.waits[1]).toBe(2000);
});

test('its own totals name the mails sent by day', async () => {
  server = await startMailchimpServer({ members: 20, campaigns: 2 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const totals = await mailchimp.totals?.(ctx, new Date('2026-01-01'), new Date('2026-01-03'));
  expect(totals).toEqual([
    { day: '2026-01-02', stream: 'sent', figure: 'sent', value: '20' },
    { day: null, stream: 'members', figure: 'people', value: '20' },
    { day: null, stream: 'members', figure: 'subscribers', value: '18' },
  ]);
});

test('a slice of time is read again, whatever the cursor says, and leaves it where it was', async () => {
  server = await startMailchimpServer({ members: 20, campaigns: 2 });
  const ctx = contextFor(mailchimp, server, server.settings);
  const window = { from: new Date('2026-01-01'), to: new Date('2026-01-03') };
  const cursor = (await read(mailchimp, ctx, 'sent')).cursor;
  const again = await read(mailchimp, { ...ctx, window }, 'sent', cursor);
  expect(again.cursor).toEqual(cursor);
  expect(idsOf(again.items).every((id) => id.startsWith('campaign0:'))).toBe(true);
  expect(again.items).toHaveLength(20);
  const members = await read(mailchimp, { ...ctx, window }, 'members', { [AUDIENCE]: NOW.toISOString() });
  expect(members).toMatchObject({ error: null, cursor: { [AUDIENCE]: NOW.toISOString() } });
  expect(idsOf(members.items)).toHaveLength(20);
});
