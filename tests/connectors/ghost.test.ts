import { afterEach, expect, test } from 'vitest';
import type { MappedRecord } from '../../src/connectors/contract.ts';
import { signToken } from '../../src/connectors/ghost/client.ts';
import ghost from '../../src/connectors/ghost/ghost.ts';
import { type GhostServer, ghostTime, makeGhostMember, startGhostServer } from '../vendors/ghost.ts';
import { vectors } from '../vendors/vectors.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: GhostServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

test('says what it found', async () => {
  server = await startGhostServer({ members: 6 });
  expect(await ghost.check(contextFor(ghost, server, server.settings))).toBe('6 members, 1 newsletters');
});

test('signs tokens the way Ghost checks them', async () => {
  server = await startGhostServer();
  const { admin_api_key, claims, token } = vectors.ghost_admin_jwt;
  expect(signToken(admin_api_key, new Date(claims.iat * 1000))).toBe(token);
});

test('reads members, events and posts whole', async () => {
  server = await startGhostServer({ members: 330 });
  const ctx = contextFor(ghost, server, server.settings);
  expect(idsOf((await read(ghost, ctx, 'members')).items)).toHaveLength(330);
  expect(idsOf((await read(ghost, ctx, 'member_events')).items)).toHaveLength(server.site.events.length);
  expect(idsOf((await read(ghost, ctx, 'posts')).items)).toHaveLength(2);
});

test('the address that signs a person out is never kept', async () => {
  server = await startGhostServer();
  const { items } = await read(ghost, contextFor(ghost, server, server.settings), 'members');
  expect(JSON.stringify(items)).not.toContain('signs-the-person-out');
});

test('between full readings only changed members come; a label shows after a day', async () => {
  server = await startGhostServer({ members: 120 });
  const first = await read(ghost, contextFor(ghost, server, server.settings), 'members');
  server.site.members[3] = { ...makeGhostMember(3), name: 'New Name', updated_at: ghostTime(500) };
  server.site.members[2]!.labels = makeGhostMember(0).labels;
  const second = await read(
    ghost,
    contextFor(ghost, server, server.settings, { now: later(1) }),
    'members',
    first.cursor,
  );
  expect(second.items.at(-1)?.payload).toMatchObject({ name: 'New Name' });
  expect(idsOf(second.items)).toHaveLength(2);
  const nextDay = await read(
    ghost,
    contextFor(ghost, server, server.settings, { now: later(25) }),
    'members',
    second.cursor,
  );
  expect(idsOf(nextDay.items)).toHaveLength(120);
});

test('new events come, and those of the last two days before them once more', async () => {
  server = await startGhostServer({ members: 50 });
  const ctx = contextFor(ghost, server, server.settings);
  const first = await read(ghost, ctx, 'member_events');
  const late = { ...server.site.events.find(({ type }) => type === 'email_opened_event')! };
  server.site.events.unshift({ ...late, data: { ...late.data, id: 'late', created_at: ghostTime(24 * 45) } });
  const second = await read(ghost, ctx, 'member_events', first.cursor);
  expect(second.items[0]?.externalId).toBe('email_opened_event:late');
  expect(second.items.length).toBeLessThan(first.items.length);
});

test('a reading of events that breaks off goes on below, and loses nothing above', async () => {
  server = await startGhostServer({ members: 330 });
  const ctx = contextFor(ghost, server, server.settings, { tries: 1 });
  server.plan('none', 'none', 'truncated');
  const broken = await read(ghost, ctx, 'member_events');
  expect(broken.error).toMatchObject({ retryable: true });
  const rest = await read(ghost, ctx, 'member_events', broken.cursor);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(server.site.events.length);
  const newest = server.site.events[0]!.data.created_at;
  expect(rest.cursor).toEqual({ since: newest, until: null, newest: null });
});

test('events become ours, with the consent and suppression that follow', async () => {
  server = await startGhostServer({ members: 6 });
  const ctx = contextFor(ghost, server, server.settings);
  const records = mapAll(ghost, (await read(ghost, ctx, 'member_events')).items, ctx.settings);
  const of = (name: string) =>
    records.filter(
      (record): record is Extract<MappedRecord, { type: 'event' }> =>
        record.type === 'event' && record.name === name,
    );
  expect(of('signed_up')).toHaveLength(6);
  expect(of('signed_up')[0]?.properties).toMatchObject({ utm_source: 'meta', utm_campaign: 'autumn' });
  expect(of('newsletter_subscribed')[0]?.consents).toMatchObject([
    { topic: 'ghost-6b0349e656a66a0f8c0e7746', state: 'granted', decidedAt: expect.any(Date) },
  ]);
  expect(of('email_delivered')).toHaveLength(5);
  expect(of('email_opened')).toHaveLength(3);
  expect(of('email_clicked')).toMatchObject([{ properties: { url: 'https://shop.example.com/' } }, {}]);
  expect(of('email_bounced')).toMatchObject([
    { properties: { type: 'hard' }, suppress: { email: 'member5@example.com', reason: 'hard_bounce' } },
  ]);
});

test('a member is a person with labels and what it subscribed to', async () => {
  server = await startGhostServer({ members: 5 });
  const ctx = contextFor(ghost, server, server.settings);
  const people = mapAll(ghost, (await read(ghost, ctx, 'members')).items, ctx.settings);
  expect(people[0]).toMatchObject({
    identifiers: [{ kind: 'source' }, { kind: 'email', value: 'member0@example.com' }],
    traits: { name: 'Member 0', ghostLabels: ['VIP'], ghostStatus: 'free' },
    consents: [
      { channel: 'email', topic: 'ghost-6b0349e656a66a0f8c0e7746', state: 'granted', decidedAt: null },
    ],
  });
  expect(people[4]).toMatchObject({ consents: [] });
});

test.each([
  {
    fault: {
      status: 401,
      json: { errors: [{ message: 'Invalid token: jwt expired', code: 'INVALID_JWT' }] },
    },
    says: 'clock',
    needsReconnect: false,
  },
  {
    fault: { status: 401, json: { errors: [{ message: 'Unknown Admin API Key', code: 'UNKNOWN' }] } },
    says: 'Admin API key',
    needsReconnect: true,
  },
  { fault: 'garbage' as const, says: 'unreadable', needsReconnect: false },
  { fault: 'timeout' as const, says: 'silent', needsReconnect: false },
])('says what to do about a fault: $says', async ({ fault, says, needsReconnect }) => {
  server = await startGhostServer();
  server.plan(fault, fault, fault, fault);
  const limits = fault === 'timeout' ? { idleMs: 300 } : {};
  const { error } = await read(ghost, contextFor(ghost, server, server.settings, limits), 'members');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});

test('a slice of time is read again without moving the cursor', async () => {
  server = await startGhostServer({ members: 330 });
  const ctx = contextFor(ghost, server, server.settings);
  const window = { from: new Date(ghostTime(10)), to: new Date(ghostTime(13)) };
  const cursor = { since: NOW.toISOString(), fullAt: NOW.toISOString(), isFull: false };
  const members = await read(ghost, { ...ctx, window }, 'members', cursor);
  expect(members.items.map((item) => item.payload.email)).toEqual(
    [10, 11, 12].map((index) => `member${index}@example.com`),
  );
  expect(members.cursor).toEqual(cursor);
  const place = { since: NOW.toISOString(), until: null, newest: null };
  const events = await read(ghost, { ...ctx, window }, 'member_events', place);
  expect(idsOf(events.items)).toHaveLength(6);
  expect(events.cursor).toEqual(place);
  const all = { from: new Date(ghostTime(0)), to: new Date(ghostTime(9000)) };
  const whole = await read(ghost, { ...ctx, window: all }, 'member_events', place);
  expect(idsOf(whole.items)).toHaveLength(server.site.events.length);
});

test('counts members and mails by day, and who subscribes now', async () => {
  server = await startGhostServer({ members: 40 });
  const sent = server.site.events.find(({ type }) => type === 'email_delivered_event')!;
  server.site.events.push({
    ...sent,
    type: 'email_sent_event',
    data: { ...sent.data, created_at: ghostTime(20) },
  });
  const ctx = contextFor(ghost, server, server.settings);
  expect(await ghost.totals?.(ctx, new Date('2026-10-01'), new Date('2026-10-03'))).toEqual([
    { stream: 'members', figure: 'people', day: '2026-10-01', value: '16' },
    { stream: 'member_events', figure: 'sent', day: '2026-10-01', value: '0' },
    { stream: 'members', figure: 'people', day: '2026-10-02', value: '24' },
    { stream: 'member_events', figure: 'sent', day: '2026-10-02', value: '1' },
    { stream: 'members', figure: 'subscribers', day: null, value: '32' },
  ]);
});
