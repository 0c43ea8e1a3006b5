import { createHmac } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { Conflict } from '../../src/base/errors.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import type { WebhookMapping } from '../../src/connectors/webhook/mapping.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { withLease } from '../../src/db/leases.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { listExamples } from '../../src/flow/collect/examples.ts';
import { setFieldMapping } from '../../src/flow/collect/field-mapping.ts';
import { receiveHook } from '../../src/flow/collect/hooks.ts';
import { createSource, getSource, type Source } from '../../src/flow/collect/sources.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { replaySource } from '../../src/tasks/replaying.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database } = await createTestDatabase();
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let workspace: Workspace;
let source: Source;
let token: string;

beforeAll(async () => await loadConnectors());
beforeEach(async () => {
  workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'webhook', name: 'Bookings', settings: { secret: SECRET } };
  ({ source, hookToken: token } = await createSource(database.db, wish));
});

async function send(id: string, body: object, secret = SECRET) {
  const time = String(Math.floor(now().getTime() / 1000));
  const text = JSON.stringify(body);
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time}.${text}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
  return await receiveHook(database, token, {
    method: 'POST',
    query: {},
    headers,
    body: Buffer.from(text),
    receivedAt: now(),
  });
}

const booking = (guest: number, price: string) => ({
  kind: 'booking',
  guest: { mail: `guest${guest}@example.com`, city: 'Berlin' },
  price,
  at: '2026-11-01T10:00:00Z',
});
const mapping: WebhookMapping = {
  kind: 'events',
  identifiers: { email: 'guest.mail' },
  traits: { city: 'guest.city' },
  event: 'booking_made',
  occurredAt: 'at',
  value: 'price',
  currency: 'EUR',
  properties: {},
};

async function mapAnew(given: WebhookMapping, droppedTraits: string[] = []) {
  await setFieldMapping(database.db, await getSource(database.db, workspace.id, source.id), given);
  return await replaySource(database, { workspaceId: workspace.id, sourceId: source.id, droppedTraits });
}

async function findEvents() {
  return await rowsOf<{ email: string; name: string; value: string | null }>(
    database.db,
    sql`select t.traits->>'email' as email, n.name, e.value, e.via_value as via
          from events e
          join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
          left join profile_traits t on t.workspace_id = e.workspace_id and t.profile_id = e.profile_id
         where e.workspace_id = ${workspace.id} order by e.via_value, n.name`,
  );
}

async function findTraits() {
  const rows = await rowsOf<{ traits: Record<string, unknown> }>(
    database.db,
    sql`select traits from profile_traits where workspace_id = ${workspace.id} and traits <> '{}'::jsonb`,
  );
  return rows.map(({ traits }) => traits);
}

async function count(table: 'raw' | 'pending' | 'quarantine'): Promise<number> {
  const [row] = await rowsOf<Record<string, string>>(
    database.db,
    sql`select (select count(*) from raw_events where workspace_id = ${workspace.id}) as raw,
               (select count(*) from pending_raw_events where workspace_id = ${workspace.id}) as pending,
               (select count(*) from quarantine where workspace_id = ${workspace.id}) as quarantine`,
  );
  return Number(row?.[table]);
}

describe('messages whose fields mean nothing yet', () => {
  test('are kept, and read as soon as their fields have a meaning', async () => {
    await send('m1', booking(1, '10.00'));
    await send('m2', booking(2, '20.00'));
    await carry(database, workspace.id);
    expect([await count('raw'), await count('quarantine'), (await findEvents()).length]).toEqual([2, 0, 0]);
    expect(await mapAnew(mapping)).toEqual({ queued: 2 });
    expect(await findEvents()).toMatchObject([
      { name: 'booking_made', value: '10.00' },
      { name: 'booking_made', value: '20.00' },
    ]);
    expect(await findTraits()).toEqual([{ city: 'Berlin' }, { city: 'Berlin' }]);
  });

  test('forged, stale or repeated, leave nothing behind', async () => {
    expect(await send('m1', booking(1, '10.00'), 'whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldA==')).toMatchObject(
      { status: 401 },
    );
    expect(await count('raw')).toBe(0);
    for (let delivery = 0; delivery < 5; delivery++) await send('m1', booking(1, '10.00'));
    expect(await count('raw')).toBe(1);
  });

  test('are shown as examples, the last of each kind', async () => {
    await send('m1', booking(1, '10.00'));
    await send('m2', booking(2, '20.00'));
    await send('m3', { kind: 'cancellation', guest: { mail: 'guest1@example.com' } });
    const shown = await listExamples(database.db, { workspaceId: workspace.id, sourceId: source.id });
    expect(shown.map(({ externalId }) => externalId).sort()).toEqual(['m1', 'm3']);
  });
});

describe('stored rows mapped again', () => {
  test('give rise to the events of the new meaning, and those of the old are gone', async () => {
    for (let guest = 1; guest <= 30; guest++) await send(`m${guest}`, booking(guest, `${guest}.50`));
    await carry(database, workspace.id);
    await mapAnew(mapping);
    await mapAnew({ ...mapping, event: 'order_placed', value: undefined });
    const events = await findEvents();
    expect(events).toHaveLength(30);
    expect(new Set(events.map(({ name, value }) => `${name} ${value}`))).toEqual(
      new Set(['order_placed null']),
    );
    await mapAnew({ ...mapping, kind: 'people', event: undefined });
    expect(await findEvents()).toEqual([]);
  });

  test('twice change nothing the second time', async () => {
    await send('m1', booking(1, '10.00'));
    await mapAnew(mapping);
    const before = await findEvents();
    expect(await mapAnew(mapping)).toEqual({ queued: 1 });
    expect(await findEvents()).toEqual(before);
    expect(await count('pending')).toBe(0);
  });

  test('move events to the person the new meaning names', async () => {
    await send('m1', { ...booking(1, '10.00'), payer: 'payer@example.com' });
    await mapAnew(mapping);
    await mapAnew({ ...mapping, identifiers: { email: 'payer' } });
    expect(await findEvents()).toMatchObject([{ via: 'payer@example.com' }]);
  });

  test('say a trait no more that has no field now, and say it again when it has', async () => {
    await send('m1', booking(1, '10.00'));
    await mapAnew(mapping);
    await mapAnew({ ...mapping, traits: {} }, ['city']);
    expect(await findTraits()).toEqual([]);
    await mapAnew({ ...mapping, traits: { town: 'guest.city' } });
    expect(await findTraits()).toEqual([{ town: 'Berlin' }]);
    await mapAnew(mapping, ['town']);
    expect(await findTraits()).toEqual([{ city: 'Berlin' }]);
  });

  test('leave the quarantine when they can be read now, and stay where they cannot', async () => {
    await send('m1', booking(1, 'a lot'));
    await send('m2', booking(2, '20.00'));
    await mapAnew(mapping);
    expect(await count('quarantine')).toBe(1);
    await mapAnew(mapping);
    expect(await count('quarantine')).toBe(1);
    await mapAnew({ ...mapping, value: undefined });
    expect(await count('quarantine')).toBe(0);
    expect(await findEvents()).toHaveLength(2);
  });

  test('of one source leave the others alone, and only one is at work at a time', async () => {
    await send('m1', booking(1, '10.00'));
    const wish = { workspace, connector: 'webhook', name: 'Other', settings: { secret: SECRET } };
    const { source: other } = await createSource(database.db, wish);
    expect(await replaySource(database, { workspaceId: workspace.id, sourceId: other.id })).toEqual({
      queued: 0,
    });
    await withLease(database, { workspaceId: workspace.id, job: `replay:${source.id}` }, async () => {
      await expect(mapAnew(mapping)).rejects.toBeInstanceOf(Conflict);
    });
  });
});
