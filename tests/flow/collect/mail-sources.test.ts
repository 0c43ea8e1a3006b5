import { type SQL, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../../src/base/clock.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { receiveHook } from '../../../src/flow/collect/hooks.ts';
import { createSource, getSource, type Source } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { startBrevoServer } from '../../vendors/brevo.ts';
import type { ContractServer } from '../../vendors/contract-server.ts';
import { klaviyoTime, startKlaviyoServer, subscriptionOf } from '../../vendors/klaviyo.ts';
import { startPostmarkServer } from '../../vendors/postmark.ts';
import { HOOK_KEYS, makeHookKeys, signSgDelivery, startSendgridServer } from '../../vendors/sendgrid.ts';

const { database } = await createTestDatabase();
const servers: ContractServer[] = [];
let workspace: Workspace;
let source: Source;
let hookToken: string;

beforeAll(async () => {
  // Some vendors remember a month only, and what they tell here is of autumn 2026.
  startClockAt(new Date('2026-11-20T12:00:00Z'));
  await loadConnectors();
});
afterEach(() => {
  for (const server of servers) expect(server.violations).toEqual([]);
});
afterAll(async () => {
  resetClock();
  for (const server of servers) await server.close();
});

/** A fresh business with one source at a contract server. */
async function connect<Server extends ContractServer>(
  connector: string,
  server: Server & { settings: object },
): Promise<Server> {
  servers.push(server);
  configureConnections({ allow: [server.host], tries: 2, patienceMs: 1_500, idleMs: 500 });
  workspace = await createWorkspace(database);
  const settings = { ...server.settings };
  ({ source, hookToken } = await createSource(database.db, {
    workspace,
    connector,
    name: connector,
    settings,
  }));
  return server;
}

const sync = async (full = false) =>
  await syncSource(database, workspace.id, source.id, { trigger: 'manual', full });

const select = async <Row extends Record<string, unknown>>(statement: SQL) =>
  await rowsOf<Row>(database.db, statement);

async function count(table: 'raw_events' | 'events'): Promise<number> {
  const statement =
    table === 'events'
      ? sql`select count(*)::int as n from events where workspace_id = ${workspace.id}`
      : sql`select count(*)::int as n from raw_events where workspace_id = ${workspace.id}`;
  return (await select<{ n: number }>(statement))[0]?.n ?? 0;
}

/** What the person of an address decided, the latest first. */
async function decisionsOf(email: string): Promise<string[]> {
  const found = await select<{ state: string }>(
    sql`select c.state from consents c
          join identifiers i on i.workspace_id = c.workspace_id and i.profile_id = c.profile_id
         where c.workspace_id = ${workspace.id} and i.kind = 'email' and i.value = ${email} and c.channel = 'email'
         order by c.decided_at desc nulls last`,
  );
  return found.map(({ state }) => state);
}

const START: Record<string, () => Promise<ContractServer & { settings: object }>> = {
  klaviyo: async () => await startKlaviyoServer({ profiles: 230 }),
  sendgrid: async () => await startSendgridServer({ contacts: 50 }),
  postmark: async () => await startPostmarkServer({ messages: 20 }),
  brevo: async () => await startBrevoServer({ contacts: 60 }),
};

test('an export that was asked for before a run broke off is fetched by the next, and not asked for again', async () => {
  const sendgrid = await connect('sendgrid', await startSendgridServer({ contacts: 50 }));
  const signal = AbortSignal.abort();
  const broken = await syncSource(database, workspace.id, source.id, {
    trigger: 'manual',
    only: ['contacts'],
    signal,
  });
  expect(broken.message).toContain('stopped');
  expect(await sync()).toMatchObject({ status: 'succeeded' });
  expect(sendgrid.account.exports).toHaveLength(1);
  expect(await count('raw_events')).toBeGreaterThanOrEqual(50);
});

test.each(Object.keys(START))(
  '%s read twice brings nothing twice, from where it stopped or whole',
  async (key) => {
    await connect(key, await START[key]!());
    const first = await sync();
    expect(first).toMatchObject({ status: 'succeeded', changed: 0, quarantined: 0 });
    expect(first.new).toBeGreaterThan(10);
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 0, changed: 0 });
    expect(await sync(true)).toMatchObject({ status: 'succeeded', new: 0, changed: 0, unchanged: first.new });
  },
);

test('who unsubscribes at Klaviyo has withdrawn here', async () => {
  const server = await connect('klaviyo', await startKlaviyoServer({ profiles: 6 }));
  await sync();
  await carry(database, workspace.id);
  expect(await decisionsOf('person0@example.com')).toEqual(['granted']);
  const at = klaviyoTime(500);
  server.change(0, at, { subscriptions: subscriptionOf('UNSUBSCRIBED', at) });
  expect(await sync()).toMatchObject({ status: 'succeeded', changed: 1 });
  await carry(database, workspace.id);
  expect(await decisionsOf('person0@example.com')).toEqual(['withdrawn', 'granted']);
});

test('who is on a list of SendGrid’s suppressions has withdrawn here', async () => {
  await connect('sendgrid', await startSendgridServer());
  await sync();
  await carry(database, workspace.id);
  expect(await decisionsOf('left1@example.com')).toEqual(['withdrawn']);
});

test('a delivery of SendGrid that comes twice is one event; a forged one leaves no row', async () => {
  await connect('sendgrid', await startSendgridServer());
  const at = now();
  const timestamp = Math.floor(at.getTime() / 1000);
  const opened = { sg_event_id: 'e1', event: 'open', email: 'ada@example.com', timestamp };
  const post = async (keys = HOOK_KEYS) => {
    const { body, headers } = signSgDelivery([opened], at, keys);
    const request = {
      method: 'POST' as const,
      query: {},
      headers,
      body: Buffer.from(body),
      receivedAt: now(),
    };
    return (await receiveHook(database, hookToken, request)).status;
  };
  expect(await post(makeHookKeys())).toBe(401);
  expect(await count('raw_events')).toBe(0);
  expect([await post(), await post(), ...(await Promise.all([post(), post(), post()]))]).toEqual(
    Array.from({ length: 5 }, () => 200),
  );
  expect(await count('raw_events')).toBe(1);
  await carry(database, workspace.id);
  expect(await count('events')).toBe(1);
});

test('a key Klaviyo does not accept stops the source and says what to do', async () => {
  const server = await connect('klaviyo', await startKlaviyoServer({ profiles: 3 }));
  server.account.apiKey = 'pk_another';
  expect(await sync()).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('Make a new one under Settings, API keys'),
  });
  expect(await getSource(database.db, workspace.id, source.id)).toMatchObject({ status: 'needs_attention' });
});

test('asked to slow down a sync waits, or where that is too long comes back when it was told to', async () => {
  const server = await connect('klaviyo', await startKlaviyoServer({ profiles: 3 }));
  const busy = (seconds: string) => ({
    status: 429,
    headers: { 'retry-after': seconds },
    json: { errors: [] },
  });
  server.plan(busy('1'));
  expect(await sync()).toMatchObject({ status: 'succeeded' });
  server.plan(busy('7200'));
  const before = now().getTime();
  expect(await sync()).toMatchObject({ status: 'failed' });
  const [stream] = await select<{ next_run_at: string }>(
    sql`select next_run_at from source_streams where workspace_id = ${workspace.id} and stream = 'profiles'`,
  );
  expect(new Date(stream?.next_run_at ?? 0).getTime() - before).toBeGreaterThanOrEqual(7_200_000);
});
