import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import auth0 from '../../src/connectors/auth0/auth0.ts';
import clerk from '../../src/connectors/clerk/clerk.ts';
import type { HookRequest, Item } from '../../src/connectors/contract.ts';
import supabase from '../../src/connectors/supabase/supabase.ts';
import { type Auth0Server, makeAuth0User, startAuth0Server } from '../vendors/auth0.ts';
import { CLERK_HOOK_SECRET, type ClerkServer, makeClerkUser, startClerkServer } from '../vendors/clerk.ts';
import { makeSupabaseUser, type SupabaseServer, startSupabaseServer } from '../vendors/supabase.ts';
import { contextFor, idsOf, NOW, read } from './reading.ts';

function post(body: unknown, headers: Record<string, string> = {}): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(JSON.stringify(body)), receivedAt: NOW };
}

function itemsIn(verified: { items: Item[] } | { answer: unknown }): Item[] {
  if (!('items' in verified)) throw new Error(`It was refused: ${JSON.stringify(verified)}`);
  return verified.items;
}

const later = (ms: number) => ({ now: new Date(NOW.getTime() + ms) });

describe('Clerk', () => {
  let server: ClerkServer;
  beforeEach(async () => {
    server = await startClerkServer({ users: 250 });
  });
  afterEach(async () => {
    expect(server.violations).toEqual([]);
    await server.close();
  });

  const signed = (body: unknown, secret = CLERK_HOOK_SECRET, at = NOW): HookRequest => {
    const request = post(body);
    const [id, time] = ['msg_1', String(Math.floor(at.getTime() / 1000))];
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key)
      .update(`${id}.${time}.`)
      .update(request.body)
      .digest('base64');
    return {
      ...request,
      headers: { 'svix-id': id, 'svix-timestamp': time, 'svix-signature': `v1,${signature}` },
    };
  };

  test('says how many users it found, and what to do about a wrong key', async () => {
    expect(await clerk.check(contextFor(clerk, server, server.settings))).toBe('250 users');
    const wrong = contextFor(clerk, server, { ...server.settings, secretKey: 'sk_test_other' });
    await expect(clerk.check(wrong)).rejects.toMatchObject({ needsReconnect: true });
  });

  test('reads everybody once a day and only new users in between', async () => {
    const first = await read(clerk, contextFor(clerk, server, server.settings), 'users');
    expect(idsOf(first.items)).toHaveLength(250);
    server.users[3]!.updated_at += 5_000;
    server.users.push(makeClerkUser(250));
    const hour = await read(
      clerk,
      contextFor(clerk, server, server.settings, later(3_600_000)),
      'users',
      first.cursor,
    );
    expect(idsOf(hour.items)).toContain('user_000250');
    expect(hour.items.length).toBeLessThan(20);
    const day = await read(
      clerk,
      contextFor(clerk, server, server.settings, later(86_400_000)),
      'users',
      hour.cursor,
    );
    expect(day.items.find(({ externalId }) => externalId === 'user_000003')?.version).toBe(
      String(server.users[3]!.updated_at),
    );
  });

  test('users created at one and the same instant are all read', async () => {
    for (const user of server.users) user.created_at = Date.parse('2026-10-01T08:00:00Z');
    const { items, error } = await read(clerk, contextFor(clerk, server, server.settings), 'users');
    expect(error).toBeNull();
    expect(idsOf(items)).toHaveLength(250);
  });

  test('a reading that breaks off goes on where it stopped', async () => {
    server.plan('none', 'none', 'reset');
    const broken = await read(clerk, contextFor(clerk, server, server.settings, { tries: 1 }), 'users');
    expect(broken.error).toMatchObject({ retryable: true });
    const rest = await read(clerk, contextFor(clerk, server, server.settings), 'users', broken.cursor);
    expect(rest.items.length).toBeLessThan(200);
    expect(idsOf([...broken.items, ...rest.items])).toHaveLength(250);
  });

  test('an account is a person and one signup; an address that was not verified joins nobody', async () => {
    const settings = clerk.settings.parse(server.settings);
    const { items } = await read(clerk, contextFor(clerk, server, server.settings), 'users');
    expect(JSON.stringify(items)).not.toContain('canary');
    expect(clerk.map(items[1]!, settings)).toMatchObject([
      {
        type: 'person',
        identifiers: [
          { kind: 'source', value: 'user_000001' },
          { kind: 'user_id', value: 'shop-1' },
          { kind: 'email', value: 'reader1@example.com' },
        ],
        traits: { name: 'Reader 1', plan: 'free', emailVerified: true },
        changedAt: new Date('2026-10-01T08:01:01Z'),
      },
      { type: 'event', key: 'signed_up', name: 'signed_up', occurredAt: new Date('2026-10-01T08:01:00Z') },
    ]);
    expect(clerk.map(items[2]!, settings)[0]).toMatchObject({
      identifiers: [{ kind: 'source' }, { kind: 'user_id', value: 'user_000002' }],
      traits: { email: 'reader2@example.com', emailVerified: false },
    });
    expect(clerk.map(items[2]!, { ...settings, isUserId: false })[0]).toMatchObject({
      identifiers: [{ kind: 'source' }],
    });
  });

  test('a webhook is the same item as the list gives, and a deletion takes it back', async () => {
    const settings = clerk.settings.parse(server.settings);
    const { items } = await read(clerk, contextFor(clerk, server, server.settings), 'users');
    const notice = {
      type: 'user.updated',
      object: 'event',
      timestamp: NOW.getTime(),
      data: makeClerkUser(0),
    };
    expect(itemsIn(clerk.hooks!.verify(signed(notice), settings))).toEqual([items[0]]);
    const gone = { ...notice, type: 'user.deleted', data: { id: 'user_000000', deleted: true } };
    const [item] = itemsIn(clerk.hooks!.verify(signed(gone), settings));
    expect(item).toMatchObject({ externalId: 'user_000000', version: String(NOW.getTime()) });
    expect(clerk.map(item!, settings)).toEqual([{ type: 'removed', key: '' }]);
    expect(itemsIn(clerk.hooks!.verify(signed({ ...notice, type: 'session.created' }), settings))).toEqual(
      [],
    );
  });

  test('forged, changed and old notices are refused; both secrets count during a rotation', () => {
    const settings = clerk.settings.parse(server.settings);
    const notice = { type: 'user.updated', data: makeClerkUser(0) };
    const good = signed(notice);
    const verify = (request: HookRequest, given = settings) => clerk.hooks!.verify(request, given);
    const other = 'whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldA==';
    for (const bad of [
      post(notice),
      { ...good, body: Buffer.from(`${JSON.stringify(notice)} `) },
      signed(notice, other),
      signed(notice, CLERK_HOOK_SECRET, new Date(NOW.getTime() - 301_000)),
      { ...good, headers: { ...good.headers, 'svix-id': 'msg_2' } },
    ])
      expect(verify(bad)).toMatchObject({ answer: { status: 401 } });
    expect(
      itemsIn(verify(good, { ...settings, webhookSecret: other, previousWebhookSecret: CLERK_HOOK_SECRET })),
    ).toHaveLength(1);
    expect(verify(good, { ...settings, webhookSecret: undefined })).toMatchObject({
      answer: { status: 401 },
    });
  });
});

describe('Supabase', () => {
  let server: SupabaseServer;
  beforeEach(async () => {
    server = await startSupabaseServer({ users: 450 });
  });
  afterEach(async () => {
    expect(server.violations).toEqual([]);
    await server.close();
  });
  const secret = { 'x-webhook-secret': 'a-long-hook-word' };

  test('says how many users it found, and what to do about a key that may not list them', async () => {
    expect(await supabase.check(contextFor(supabase, server, server.settings))).toBe('450 users');
    const wrong = contextFor(supabase, server, {
      ...server.settings,
      serviceKey: 'sb_publishable_of_the_project',
    });
    await expect(supabase.check(wrong)).rejects.toMatchObject({ needsReconnect: true });
  });

  test('reads everybody once a day and only new users in between', async () => {
    const first = await read(supabase, contextFor(supabase, server, server.settings), 'users');
    expect(idsOf(first.items)).toHaveLength(450);
    server.users.push(makeSupabaseUser(450));
    server.requests.length = 0;
    const hour = await read(
      supabase,
      contextFor(supabase, server, server.settings, later(3_600_000)),
      'users',
      first.cursor,
    );
    expect(hour.items[0]?.externalId).toContain('450');
    expect(server.requests).toHaveLength(1);
    const day = await read(
      supabase,
      contextFor(supabase, server, server.settings, later(90_000_000)),
      'users',
      hour.cursor,
    );
    expect(idsOf(day.items)).toHaveLength(451);
  });

  test('a reading of everybody that breaks off goes on with its page', async () => {
    server.plan('none', 'none', 'reset');
    const broken = await read(supabase, contextFor(supabase, server, server.settings, { tries: 1 }), 'users');
    expect(broken).toMatchObject({ error: { retryable: true }, cursor: { page: 3 } });
    const rest = await read(supabase, contextFor(supabase, server, server.settings), 'users', broken.cursor);
    expect(idsOf([...broken.items, ...rest.items])).toHaveLength(450);
  });

  test('a webhook is the same item as the list gives, without the hash and tokens of the row', () => {
    const settings = supabase.settings.parse(server.settings);
    const { user_metadata, ...row } = makeSupabaseUser(1);
    const record = {
      ...row,
      raw_user_meta_data: user_metadata,
      encrypted_password: 'hash-canary',
      confirmation_token: 'canary',
    };
    const notice = { type: 'UPDATE', schema: 'auth', table: 'users', record, old_record: record };
    const [item] = itemsIn(supabase.hooks!.verify(post(notice, secret), settings));
    expect(JSON.stringify(item)).not.toContain('canary');
    expect(item).toMatchObject({ stream: 'users', externalId: row.id, version: '2026-10-01T08:01:00.000Z' });
    expect(supabase.map(item!, settings)).toMatchObject([
      {
        identifiers: [
          { kind: 'source' },
          { kind: 'user_id', value: row.id },
          { kind: 'email', value: 'reader1@example.com' },
        ],
        traits: { name: 'Reader 1', email: 'reader1@example.com' },
      },
      { name: 'signed_up', occurredAt: new Date('2026-10-01T08:01:00Z') },
    ]);
    const [gone] = itemsIn(
      supabase.hooks!.verify(post({ ...notice, type: 'DELETE', record: null }, secret), settings),
    );
    expect(supabase.map(gone!, settings)).toEqual([{ type: 'removed', key: '' }]);
  });

  test('an address that was not confirmed joins nobody, and a visitor without a name is nobody yet', () => {
    const settings = supabase.settings.parse(server.settings);
    const item = (row: Record<string, unknown>) => ({
      stream: 'users',
      externalId: 'x',
      payload: { ...row, metadata: {} },
    });
    expect(supabase.map(item(makeSupabaseUser(2)), settings)[0]).toMatchObject({
      identifiers: [{ kind: 'source' }, { kind: 'user_id' }],
    });
    expect(supabase.map(item({ ...makeSupabaseUser(1), is_anonymous: true }), settings)).toEqual([]);
    const phoned = {
      ...makeSupabaseUser(1),
      phone: '4930123456',
      phone_confirmed_at: '2026-10-01T08:00:00Z',
    };
    expect(supabase.map(item(phoned), settings)[0]).toMatchObject({
      identifiers: expect.arrayContaining([{ kind: 'phone', value: '+4930123456' }]),
    });
  });

  test('a notice without the word is refused, and one of another table is left', () => {
    const settings = supabase.settings.parse(server.settings);
    const notice = {
      type: 'INSERT',
      schema: 'auth',
      table: 'users',
      record: makeSupabaseUser(1),
      old_record: null,
    };
    const verify = (request: HookRequest, given = settings) => supabase.hooks!.verify(request, given);
    for (const headers of [{}, { 'x-webhook-secret': 'guess' }, { authorization: 'Bearer guess' }])
      expect(verify(post(notice, headers as Record<string, string>))).toMatchObject({
        answer: { status: 401 },
      });
    expect(verify(post(notice, secret), { ...settings, webhookSecret: undefined })).toMatchObject({
      answer: { status: 401 },
    });
    expect(itemsIn(verify(post(notice, { authorization: 'Bearer a-long-hook-word' })))).toHaveLength(1);
    expect(verify(post({ ...notice, schema: 'public' }, secret))).toMatchObject({ answer: { status: 200 } });
    expect(verify(post({ odd: true }, secret))).toMatchObject({ answer: { status: 400 } });
  });
});

describe('Auth0', () => {
  let server: Auth0Server;
  beforeEach(async () => {
    server = await startAuth0Server({ users: 1250 });
  });
  afterEach(async () => {
    expect(server.violations).toEqual([]);
    await server.close();
  });
  const token = { authorization: 'Bearer a-long-hook-word' };

  test('says how many users it found, and what to do about a wrong secret without quoting it', async () => {
    expect(await auth0.check(contextFor(auth0, server, server.settings))).toBe('1,250 users');
    const wrong = contextFor(auth0, server, { ...server.settings, clientSecret: 'wrong-canary' });
    const failed = await auth0.check(wrong).catch((error: Error) => error);
    expect(failed).toMatchObject({
      needsReconnect: true,
      message: expect.stringContaining('client ID and secret'),
    });
    expect(JSON.stringify(failed) + String(failed)).not.toContain('canary');
  });

  test('reads more users than a search shows, and then only those that changed', async () => {
    const first = await read(auth0, contextFor(auth0, server, server.settings), 'users');
    expect(first.error).toBeNull();
    expect(idsOf(first.items)).toHaveLength(1250);
    expect(JSON.stringify(first.items)).not.toContain('canary');
    server.users[7]!.updated_at = '2026-11-20T11:00:00.000Z';
    const second = await read(auth0, contextFor(auth0, server, server.settings), 'users', first.cursor);
    expect(second.items.length).toBeLessThan(30);
    expect(idsOf(second.items)).toContain(server.users[7]!.user_id);
    expect(second.cursor).toEqual({ since: '2026-11-20T11:00:00.000Z' });
  });

  test('a row dated in the future does not carry the cursor past the present', async () => {
    server.users[0]!.updated_at = '2031-01-01T00:00:00.000Z';
    const { cursor } = await read(auth0, contextFor(auth0, server, server.settings), 'users');
    expect(cursor).toEqual({ since: NOW.toISOString() });
  });

  test('an account is a person and one signup', async () => {
    const ctx = contextFor(auth0, server, server.settings);
    ctx.window = { from: new Date('2026-10-01T08:00:00Z'), to: new Date('2026-10-01T08:03:00Z') };
    const { items } = await read(auth0, ctx, 'users');
    expect(items).toHaveLength(3);
    const [first] = auth0.map(items[0]!, ctx.settings);
    expect(first).toMatchObject({
      identifiers: [{ kind: 'source' }, { kind: 'user_id' }, { kind: 'email' }],
    });
    expect(first).not.toHaveProperty('traits.name');
    expect(auth0.map(items[1]!, ctx.settings)).toMatchObject([
      { traits: { name: 'Reader 1' } },
      { name: 'signed_up', key: 'signed_up' },
    ]);
    expect(auth0.map(items[2]!, ctx.settings)[0]).toMatchObject({
      traits: { emailVerified: false },
      identifiers: [{ kind: 'source' }, { kind: 'user_id' }],
    });
  });

  test('an event stream says what a user is now; its token must fit', () => {
    const settings = auth0.settings.parse(server.settings);
    const object = makeAuth0User(4);
    const event = {
      specversion: '1.0',
      type: 'user.updated',
      source: 'urn',
      id: 'evt_1',
      time: '2026-11-01T00:00:00.000Z',
      data: { object },
    };
    const [item] = itemsIn(auth0.hooks!.verify(post(event, token), settings));
    expect(item).toMatchObject({ stream: 'users', externalId: object.user_id, version: object.updated_at });
    const [gone] = itemsIn(auth0.hooks!.verify(post({ ...event, type: 'user.deleted' }, token), settings));
    expect(auth0.map(gone!, settings)).toEqual([{ type: 'removed', key: '' }]);
    for (const headers of [{}, { authorization: 'Bearer guess' }, { authorization: '' }])
      expect(auth0.hooks!.verify(post(event, headers as Record<string, string>), settings)).toMatchObject({
        answer: { status: 401 },
      });
    const rotated = {
      ...settings,
      webhookSecret: 'the-next-long-word',
      previousWebhookSecret: settings.webhookSecret,
    };
    expect(itemsIn(auth0.hooks!.verify(post(event, token), rotated))).toHaveLength(1);
  });

  test('a line of the log names a user, who is then asked for', async () => {
    const ctx = contextFor(auth0, server, server.settings);
    const { user_id } = server.users[9]!;
    const lines = [
      { log_id: '1', data: { type: 'ss', date: '2026-11-01T00:00:00.000Z', user_id } },
      { log_id: '2', data: { type: 'fp', date: '2026-11-01T00:00:00.000Z', user_id } },
    ];
    const items = itemsIn(auth0.hooks!.verify(post(lines, token), ctx.settings));
    expect(items).toHaveLength(1);
    expect(await auth0.complete!(ctx, items[0]!)).toMatchObject({
      stream: 'users',
      externalId: user_id,
      payload: { email: 'reader9@example.com' },
    });
    const gone = await auth0.complete!(ctx, { ...items[0]!, externalId: 'auth0|gone' });
    expect(auth0.map(gone, ctx.settings)).toEqual([{ type: 'removed', key: '' }]);
  });
});
