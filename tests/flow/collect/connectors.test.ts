import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../../src/base/clock.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { receiveHook } from '../../../src/flow/collect/hooks.ts';
import { createSource, getSource } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { startAuth0Server } from '../../vendors/auth0.ts';
import { CLERK_HOOK_SECRET, makeClerkUser, startClerkServer } from '../../vendors/clerk.ts';
import { makeKey } from '../../vendors/google.ts';
import { startAdsServer } from '../../vendors/google-ads.ts';
import { startAnalyticsServer } from '../../vendors/google-analytics.ts';
import { type ForeignServer, startForeignServer } from '../../vendors/postgres.ts';
import { startSearchServer } from '../../vendors/search-console.ts';
import { startSupabaseServer } from '../../vendors/supabase.ts';

const { database } = await createTestDatabase();
let workspace: Workspace;
let shop: ForeignServer;

beforeAll(async () => {
  await loadConnectors();
  shop = await startForeignServer(inject('adminUrl'));
});
afterAll(async () => await shop.close());
beforeEach(async () => {
  startClockAt(new Date('2026-11-20T12:00:00Z'));
  workspace = await createWorkspace(database);
});
afterEach(resetClock);

async function connect(connector: string, server: { host: string }, settings: object) {
  configureConnections({ allow: [server.host], tries: 2, patienceMs: 20 });
  const wish = { workspace, connector, name: connector, settings: { ...settings } };
  const { source, hookToken } = await createSource(database.db, wish);
  const sync = async (full = false) => {
    const result = await syncSource(database, workspace.id, source.id, { trigger: 'manual', full });
    await carry(database, workspace.id);
    return result;
  };
  return { source, hookToken, sync };
}

async function count(
  table: 'spend' | 'metrics' | 'events' | 'profiles' | 'quarantine' | 'raw',
): Promise<number> {
  const [row] = await rowsOf<Record<string, string>>(
    database.db,
    sql`select (select count(*) from spend where workspace_id = ${workspace.id}) as spend,
               (select count(*) from metrics where workspace_id = ${workspace.id}) as metrics,
               (select count(*) from events where workspace_id = ${workspace.id}) as events,
               (select count(*) from profiles where workspace_id = ${workspace.id} and merged_into is null) as profiles,
               (select count(*) from quarantine where workspace_id = ${workspace.id}) as quarantine,
               (select count(*) from raw_events where workspace_id = ${workspace.id}) as raw`,
  );
  return Number(row?.[table]);
}

/** Everything a refused or failed sign-in could leave a secret in. */
async function everythingWritten(): Promise<string> {
  const rows = await rowsOf(
    database.db,
    sql`select to_jsonb(r) as row from sync_runs r where workspace_id = ${workspace.id}
        union all select to_jsonb(s) from sources s where workspace_id = ${workspace.id}
        union all select to_jsonb(q) from quarantine q where workspace_id = ${workspace.id}
        union all select to_jsonb(w) from raw_events w where workspace_id = ${workspace.id}`,
  );
  return JSON.stringify(rows);
}

describe('spend of Google Ads', () => {
  test('read again replaces the figures of a day and doubles none', async () => {
    const server = await startAdsServer({ days: 40 });
    const { sync } = await connect('google-ads', server, server.settings);
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 80 });
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
    server.account.rows[79]!.costMicros = '500000';
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 1 });
    const [last] = await rowsOf<{ cost: string; currency: string }>(
      database.db,
      sql`select cost, currency from spend where workspace_id = ${workspace.id} and day = '2026-11-20' and campaign = 'Always on'`,
    );
    expect(last).toEqual({ cost: '0.5', currency: 'EUR' });
    expect(await count('spend')).toBe(80);
    const sum = async () =>
      (
        await rowsOf<{ cost: string }>(
          database.db,
          sql`select sum(cost)::text as cost from spend where workspace_id = ${workspace.id}`,
        )
      )[0]?.cost;
    const before = await sum();
    await sync(true);
    expect(await sum()).toBe(before);
    await server.close();
  });

  test('a key that Google refuses asks for a person, and no secret is written anywhere', async () => {
    const server = await startAdsServer();
    const key = makeKey(`${server.url}/token`, { private_key_id: 'gone' });
    const { source, sync } = await connect('google-ads', server, {
      ...server.settings,
      serviceAccountKey: key,
    });
    expect(await sync()).toMatchObject({ status: 'failed', read: 0 });
    expect(await getSource(database.db, workspace.id, source.id)).toMatchObject({
      status: 'needs_attention',
    });
    expect(await everythingWritten()).not.toContain('PRIVATE KEY');
    await server.close();
  });

  test('its sign-in may not lead inside the private network', async () => {
    const server = await startAdsServer();
    const key = makeKey('http://169.254.169.254/token');
    const { sync } = await connect('google-ads', server, { ...server.settings, serviceAccountKey: key });
    expect((await sync()).message).toMatch(/private network/);
    await server.close();
  });
});

describe('figures that name nobody', () => {
  test('of Google Analytics become metrics once, and make no people', async () => {
    const server = await startAnalyticsServer({ days: 3 });
    const { sync } = await connect('google-analytics', server, server.settings);
    await sync();
    const metrics = await count('metrics');
    expect(metrics).toBeGreaterThan(18);
    server.property.rows[0]!.sessions = 1234;
    await sync();
    expect(await count('metrics')).toBe(metrics);
    expect(await count('profiles')).toBe(0);
    const rows = await rowsOf(
      database.db,
      sql`select value from metrics where workspace_id = ${workspace.id} and day = '2026-11-20' and name = 'sessions' and dimensions->>'medium' = 'organic'`,
    );
    expect(rows).toEqual([{ value: '1234' }]);
    await server.close();
  });

  test('of Search Console too, a long time without any being no fault', async () => {
    const server = await startSearchServer({ days: 6 });
    const { sync } = await connect('search-console', server, server.settings);
    expect(await sync()).toMatchObject({ status: 'succeeded', quarantined: 0 });
    const metrics = await count('metrics');
    // Four final days: a total, two queries and two pages, each with three figures.
    expect(metrics).toBe(4 * 5 * 3);
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
    expect(await count('metrics')).toBe(metrics);
    await server.close();
  });
});

describe('accounts', () => {
  test.each(['auth0', 'clerk', 'supabase'] as const)(
    'of %s are people with one signup, however often they are read',
    async (key) => {
      const start = { auth0: startAuth0Server, clerk: startClerkServer, supabase: startSupabaseServer }[key];
      const server = await start({ users: 30 });
      const { sync } = await connect(key, server, server.settings);
      expect(await sync()).toMatchObject({ status: 'succeeded', new: 30, quarantined: 0 });
      expect([await count('profiles'), await count('events')]).toEqual([30, 30]);
      startClockAt(new Date('2026-11-21T13:00:00Z'));
      expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
      expect([await count('profiles'), await count('events')]).toEqual([30, 30]);
      await server.close();
    },
  );

  test('an address that was not verified joins nobody', async () => {
    const server = await startClerkServer({ users: 3 });
    const { sync } = await connect('clerk', server, server.settings);
    await sync();
    const known = await rowsOf<{ value: string }>(
      database.db,
      sql`select value from identifiers where workspace_id = ${workspace.id} and kind = 'email' order by value`,
    );
    expect(known.map(({ value }) => value)).toEqual(['reader0@example.com', 'reader1@example.com']);
    await server.close();
  });

  test('a webhook in any order ends with the newest word, and a forged one leaves no row', async () => {
    const server = await startClerkServer({ users: 1 });
    const { hookToken, sync } = await connect('clerk', server, server.settings);
    const send = async (type: string, data: object, secret = CLERK_HOOK_SECRET) => {
      const text = JSON.stringify({ type, timestamp: now().getTime(), data });
      const [id, time] = [`msg_${text.length}`, String(Math.floor(now().getTime() / 1000))];
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
      const signature = createHmac('sha256', key).update(`${id}.${time}.${text}`).digest('base64');
      const headers = { 'svix-id': id, 'svix-timestamp': time, 'svix-signature': `v1,${signature}` };
      return await receiveHook(database, hookToken, {
        method: 'POST',
        query: {},
        headers,
        body: Buffer.from(text),
        receivedAt: now(),
      });
    };
    const user = makeClerkUser(0);
    const newer = { ...user, first_name: 'Newest', updated_at: user.updated_at + 9_000 };
    expect(await send('user.updated', newer)).toMatchObject({ status: 200 });
    expect(
      await send('user.updated', { ...user, first_name: 'Middle', updated_at: user.updated_at + 5_000 }),
    ).toMatchObject({ status: 200 });
    await sync();
    const rows = await count('raw');
    expect(
      await send(
        'user.updated',
        { ...user, first_name: 'Forged', updated_at: user.updated_at + 99_000 },
        'whsec_b3RoZXIgc2VjcmV0',
      ),
    ).toMatchObject({ status: 401 });
    expect(await count('raw')).toBe(rows);
    const shown = async () =>
      await rowsOf(
        database.db,
        sql`select traits->>'firstName' as name from profile_traits where workspace_id = ${workspace.id}`,
      );
    expect(await shown()).toEqual([{ name: 'Newest' }]);
    expect([await count('profiles'), await count('events')]).toEqual([1, 1]);
    await send('user.deleted', { id: user.id, deleted: true });
    await carry(database, workspace.id);
    expect(await shown()).toEqual([{ name: null }]);
    await server.close();
  });
});

describe('a database of one’s own', () => {
  const people = {
    query: 'select id, email, plan, updated_at from accounts',
    keyColumn: 'id',
    cursorColumn: 'updated_at',
    userIdColumn: 'id',
    emailColumn: 'email',
  };

  test('is read once, and a second time nothing new', async () => {
    await shop.run(
      `truncate accounts; insert into accounts (id, email, plan, updated_at) select i, 'p' || i || '@example.com', 'free', timestamptz '2026-10-01' + i * interval '1 hour' from generate_series(1, 400) as i`,
    );
    const { sync } = await connect('postgres', shop, { ...shop.settings, ...people });
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 400, quarantined: 0 });
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
    await shop.run(`update accounts set plan = 'pro', updated_at = '2026-11-02' where id = 3`);
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 1 });
    expect(await count('profiles')).toBe(400);
  });

  test('behind a private address is refused in words, without its password', async () => {
    const { sync } = await connect('postgres', { host: 'nowhere.example' }, { ...shop.settings, ...people });
    const before = shop.connections();
    expect(await sync()).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/private network/),
    });
    expect(shop.connections()).toBe(before);
    expect(await everythingWritten()).not.toContain('canary');
  });

  test('that lets us in no more asks for a person, without its password', async () => {
    const { source, sync } = await connect('postgres', shop, { ...shop.settings, ...people, user: 'nobody' });
    expect(await sync()).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/does not let the user nobody in/),
    });
    expect(await getSource(database.db, workspace.id, source.id)).toMatchObject({
      status: 'needs_attention',
    });
    expect(await everythingWritten()).not.toContain('canary');
  });
});
