import { createHmac, randomInt } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { now } from '../../../src/base/clock.ts';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { serveApp } from '../../setup/app.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

/** A fifth of the promise in each run of the tests; HOOK_DELIVERIES=10000 for all of it. */
const DELIVERIES = Number(process.env.HOOK_DELIVERIES ?? 2_000);
const EVENTS = DELIVERIES / 5;
const LANES = 25;
const SECRET = 'whsec-of-the-newsroom';
const HOUR_MS = 3_600_000;

type Delivery = { body: string; signature: string; isGenuine: boolean };

const opened = await createTestDatabase();
const { database } = opened;
const { url } = await serveApp(opened);

beforeAll(loadConnectors);

function sign(body: string, at: number, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).update(String(at)).digest('hex')}, t=${at}`;
}

/** The notice of one member's change; the same index is the same notice, to the byte. */
function notice(index: number): string {
  const at = '2026-03-01T10:00:00.000Z';
  const current = { id: `m${index}`, email: `m${index}@example.com`, created_at: at, updated_at: at };
  return JSON.stringify({ member: { current, previous: {} } });
}

function genuine(index: number): Delivery {
  const body = notice(index);
  return { body, signature: sign(body, now().getTime()), isGenuine: true };
}

/** Signed by somebody else, changed on the way, played back from an hour ago, or not signed at all. */
function forged(index: number): Delivery {
  const body = notice(EVENTS + index);
  const at = now().getTime();
  const shapes = [
    { body, signature: sign(body, at, 'a guess') },
    { body: `${body} `, signature: sign(body, at) },
    { body, signature: sign(body, at - HOUR_MS) },
    { body, signature: sign(body, at).replace('sha256=', '') },
    { body, signature: '' },
  ];
  return { ...shapes[index % shapes.length]!, isGenuine: false };
}

/** Each event at least once, some many times, one fifth of all forged, in no order. */
function shuffledDeliveries(): Delivery[] {
  const deliveries = Array.from({ length: EVENTS }, (_one, index) => genuine(index));
  while (deliveries.length < DELIVERIES * 0.8) deliveries.push(genuine(randomInt(EVENTS)));
  while (deliveries.length < DELIVERIES) deliveries.push(forged(deliveries.length));
  for (let last = deliveries.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [deliveries[last], deliveries[other]] = [deliveries[other]!, deliveries[last]!];
  }
  return deliveries;
}

async function deliver(path: string, { body, signature }: Delivery): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-ghost-signature': signature };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

test(`${DELIVERIES} webhooks about ${EVENTS} events, doubled, out of order and forged, are exactly ${EVENTS} events`, {
  timeout: 240_000,
}, async () => {
  const workspace = await createWorkspace(database);
  const settings = {
    url: 'https://news.example.com',
    adminApiKey: `${'a'.repeat(24)}:${'b'.repeat(64)}`,
    webhookSecret: SECRET,
  };
  const made = await createSource(database.db, { workspace, connector: 'ghost', name: 'News', settings });
  const waiting = shuffledDeliveries();
  const wrong: string[] = [];
  const lane = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const status = await deliver(`/hooks/${made.hookToken}`, one);
      if (status !== (one.isGenuine ? 200 : 401)) wrong.push(`${status} for ${JSON.stringify(one)}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect(wrong).toEqual([]);
  await carry(database, workspace.id);
  const [counts] = await rowsOf(
    database.db,
    sql`select (select count(*)::int from raw_events where workspace_id = ${workspace.id}) as raw,
               (select count(*)::int from pending_raw_events where workspace_id = ${workspace.id}) as pending,
               (select count(*)::int from quarantine where workspace_id = ${workspace.id}) as aside,
               (select count(*)::int from profiles where workspace_id = ${workspace.id}) as people,
               (select count(*)::int from identifiers where workspace_id = ${workspace.id} and kind = 'email'
                   and substring(value from 2 for position('@' in value) - 2)::int >= ${EVENTS}) as forged`,
  );
  expect(counts).toEqual({ raw: EVENTS, pending: 0, aside: 0, people: EVENTS, forged: 0 });
});
