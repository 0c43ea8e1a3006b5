import { chmodSync, createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline as flow } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { Agent, request } from 'undici';
import { readConfig } from '../src/base/config.ts';
import { keysOf } from '../src/base/installation-key.ts';
import { configureSecrets } from '../src/base/secrets.ts';
import { loadConnectors } from '../src/connectors/registry.ts';
import { type Embedded, startEmbedded } from '../src/db/embedded/server.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { closeDatabase, openDatabase } from '../src/db/pool.ts';
import { createKey } from '../src/staff/keys.ts';
import { createWorkspace } from '../src/staff/workspaces.ts';
import { type Product, startProduct, stopProduct } from './cast/product.ts';

/**
 * Events over HTTP in batches of 100 to two processes, until every one is on its profile; against one COPY of the same
 * rows into the same table with the same indexes. Fsync is on for both.
 */
const PROCESSES = 2;
const BATCH = 100;
const EVENTS_PER_PROFILE = 10;
const CONNECTIONS_PER_PROCESS = 4;
const NAMES = ['page_viewed', 'product_viewed', 'cart_updated', 'search_done'];

const { values } = parseArgs({ options: { profiles: { type: 'string', default: '20000' } }, strict: false });
const profiles = Number(values.profiles);
const events = profiles * EVENTS_PER_PROFILE;

const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
chmodSync(folder, 0o711);
const env = {
  DATA_DIR: path.join(folder, 'data'),
  SECRET_KEY: 'x'.repeat(44),
  SCHEDULE: 'off',
  LOG_LEVEL: 'warn',
};
const embedded = await startEmbedded(env.DATA_DIR);
const servers: Product[] = [];
try {
  const key = await prepare(embedded);
  for (let n = 0; n < PROCESSES; n += 1) servers.push(await startProduct(env, ['--shared-database']));
  const ingested = await ingest(key, servers);
  const copied = await copy(embedded.url);
  print(ingested, copied);
} finally {
  await Promise.all(servers.map(stopProduct));
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
}

type Ingested = { answeredMs: number; onProfilesMs: number; kept: number };

async function prepare({ url }: Embedded): Promise<string> {
  configureSecrets(keysOf(readConfig(env), { isNew: true })().current);
  await migrateDatabase(url);
  await loadConnectors();
  const database = openDatabase(url);
  const fields = { name: 'Bench', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' } as const;
  const { id } = await createWorkspace(database, fields);
  const { secret } = await createKey(database, {
    workspaceId: id,
    kind: 'write',
    name: 'bench',
    createdBy: null,
  });
  await closeDatabase(database);
  return secret;
}

/** From the first byte sent until nothing waits any more. */
async function ingest(key: string, targets: Product[]): Promise<Ingested> {
  const batches = Array.from({ length: Math.ceil(events / BATCH) }, (_, n) => makeBatch(n));
  const startedAt = performance.now();
  const lanes = targets.flatMap(({ url }) => Array.from({ length: CONNECTIONS_PER_PROCESS }, () => url));
  await Promise.all(lanes.map((url) => sendBatches(url, key, batches)));
  const answeredMs = performance.now() - startedAt;
  const kept = await waitUntilCarried();
  return { answeredMs, onProfilesMs: performance.now() - startedAt, kept };
}

/** A day of a shop: a person's events lie among those of all the others. */
function makeBatch(batch: number): string {
  const start = Date.UTC(2026, 0, 1);
  const calls = Array.from({ length: Math.min(BATCH, events - batch * BATCH) }, (_, k) => {
    const n = batch * BATCH + k;
    return {
      type: 'track',
      messageId: `m${n}`,
      userId: `u${(n * 7919) % profiles}`,
      event: NAMES[n % NAMES.length],
      timestamp: new Date(start + n * 1000).toISOString(),
      properties: { sku: `sku-${n % 500}`, price: (n % 90) + 0.99 },
    };
  });
  return JSON.stringify({ batch: calls, sentAt: new Date().toISOString() });
}

async function sendBatches(url: string, key: string, batches: string[]): Promise<void> {
  const dispatcher = new Agent({ connections: 1 });
  const headers = {
    authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    'content-type': 'application/json',
  };
  for (let body = batches.pop(); body; body = batches.pop()) {
    const answer = await request(`${url}/v1/batch`, { method: 'POST', headers, body, dispatcher });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`The server answered ${answer.statusCode}: ${text}`);
  }
  await dispatcher.close();
}

async function waitUntilCarried(): Promise<number> {
  const client = await connect();
  const waits = async () => (await client.query('select 1 from pending_raw_events limit 1')).rowCount !== 0;
  while (await waits()) await sleep(50);
  const { rows } = await client.query<{ kept: string }>('select count(*) as kept from events');
  await client.end();
  return Number(rows[0]!.kept);
}

/** The rows that were made, out to a file, and from there into a table like theirs. */
async function copy(url: string): Promise<number> {
  const client = await connect(url);
  const file = path.join(folder, 'events.copy');
  await flow(client.query(copyTo('copy events to stdout')), createWriteStream(file));
  await client.query('create table copied (like events including all)');
  const startedAt = performance.now();
  await flow(createReadStream(file), client.query(copyFrom('copy copied from stdin')));
  const ms = performance.now() - startedAt;
  await client.end();
  return ms;
}

async function connect(url = embedded.url): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

function print({ answeredMs, onProfilesMs, kept }: Ingested, copyMs: number): void {
  const line = (what: string, ms: number) => ({
    what,
    events,
    seconds: Number((ms / 1000).toFixed(2)),
    perSecond: Math.round((events / ms) * 1000),
  });
  console.table([
    line('answered over HTTP', answeredMs),
    line('on profiles', onProfilesMs),
    line('one COPY', copyMs),
  ]);
  if (kept !== events) process.exitCode = 1;
  const vsCopy = Number((copyMs / onProfilesMs).toFixed(3));
  console.log(JSON.stringify({ bench: 'ingest', profiles, events, kept, lost: events - kept, vsCopy }));
}
