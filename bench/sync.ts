import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as flow } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { request } from 'undici';
import { z } from 'zod';
import { readConfig } from '../src/base/config.ts';
import { keysOf } from '../src/base/installation-key.ts';
import { configureSecrets } from '../src/base/secrets.ts';
import { loadConnectors } from '../src/connectors/registry.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase } from '../src/db/pool.ts';
import { configureConnections } from '../src/flow/collect/connection.ts';
import { createSource } from '../src/flow/collect/sources.ts';
import { syncSource } from '../src/flow/collect/sync.ts';
import { createWorkspace } from '../src/staff/workspaces.ts';
import { carry } from '../src/tasks/pipeline.ts';

/**
 * A first sync of many contacts until the last page is committed with its cursor, against fetching the same pages
 * and COPYing them into a table with the same indexes: no ids, no queue, no cursor, one transaction.
 */
const PAGE = 1_000;
const { values } = parseArgs({ options: { profiles: { type: 'string', default: '200000' } }, strict: false });
const contacts = Number(values.profiles);

const vendorShape = z.object({
  host: z.string(),
  settings: z.object({ url: z.string(), apiKey: z.string(), audience: z.string() }),
});
const pageShape = z.object({ members: z.array(z.looseObject({ id: z.string(), last_changed: z.string() })) });
type Vendor = z.infer<typeof vendorShape> & { child: ChildProcess };

const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
chmodSync(folder, 0o711);
const env = { DATA_DIR: path.join(folder, 'data'), SECRET_KEY: 'x'.repeat(44) };
process.env.LOG_LEVEL ??= 'warn';
const embedded = await startEmbedded(env.DATA_DIR);
const vendor = await startVendor();
configureSecrets(keysOf(readConfig(env), { isNew: true })().current);
await migrateDatabase(embedded.url);
const database = openDatabase(embedded.url);
try {
  await loadConnectors();
  configureConnections({ allow: [vendor.host] });
  const bareMs = await fetchBare(vendor);
  const synced = await sync(database, vendor);
  print(bareMs, synced);
} finally {
  await closeDatabase(database);
  vendor.child.kill('SIGTERM');
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startVendor(): Promise<Vendor> {
  const child = fork(path.join(import.meta.dirname, 'sync-vendor.ts'), [String(contacts)]);
  const said = await new Promise((resolve) => child.once('message', resolve));
  return { ...vendorShape.parse(said), child };
}

async function fetchBare({ settings }: Vendor): Promise<number> {
  const client = new pg.Client({ connectionString: embedded.url });
  await client.connect();
  try {
    return await copyPages(client, settings);
  } finally {
    await client.end();
  }
}

async function copyPages(client: pg.Client, settings: Vendor['settings']): Promise<number> {
  await client.query('create table bare (like raw_events including all)');
  const startedAt = performance.now();
  const copy = client.query(
    copyFrom(
      'copy bare (workspace_id, id, subject, source_id, stream, external_id, version, payload, received_at) from stdin',
    ),
  );
  await flow(Readable.from(copyLines(settings)), copy);
  const ms = performance.now() - startedAt;
  const { rows } = await client.query<{ count: string }>('select count(*) from bare');
  if (Number(rows[0]?.count) !== contacts) throw new Error('The bare copy is not complete.');
  return ms;
}

async function* copyLines(settings: Vendor['settings']): AsyncGenerator<string> {
  const workspace = randomUUID();
  const at = new Date().toISOString();
  const authorization = `Basic ${Buffer.from(`bench:${settings.apiKey}`).toString('base64')}`;
  for (let offset = 0; offset < contacts; offset += PAGE) {
    const query = `count=${PAGE}&offset=${offset}&sort_field=last_changed&sort_dir=ASC`;
    const answer = await request(`${settings.url}/3.0/lists/${settings.audience}/members?${query}`, {
      headers: { authorization },
    });
    if (answer.statusCode !== 200) throw new Error(`The vendor answered ${answer.statusCode}.`);
    const { members } = pageShape.parse(await answer.body.json());
    const lines = members.map((member) => {
      const payload = JSON.stringify(member).replaceAll('\\', '\\\\');
      return [
        workspace,
        randomUUID(),
        randomUUID(),
        workspace,
        'members',
        member.id,
        member.last_changed,
        payload,
        at,
      ].join('\t');
    });
    yield `${lines.join('\n')}\n`;
  }
}

type Synced = { syncMs: number; peopleMs: number; peakMb: number };

async function sync(db: Database, { settings }: Vendor): Promise<Synced> {
  const fields = { name: 'Bench', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' } as const;
  const workspace = await createWorkspace(db, fields);
  const wish = { workspace, connector: 'mailchimp', name: 'Letter', settings };
  const { source } = await createSource(db.db, wish);
  const memory = watchMemory();
  const startedAt = performance.now();
  const result = await syncSource(db, workspace.id, source.id, { trigger: 'command' });
  const syncMs = performance.now() - startedAt;
  if (result.status !== 'succeeded' || result.new !== contacts) throw new Error(JSON.stringify(result));
  await carry(db, workspace.id, { waitMs: 60_000 });
  return { syncMs, peopleMs: performance.now() - startedAt, peakMb: memory() };
}

function watchMemory(): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  return () => {
    clearInterval(timer);
    return Math.round(peak / 1e6);
  };
}

function print(bareMs: number, { syncMs, peopleMs, peakMb }: Synced): void {
  const perSecond = (ms: number) => Math.round(contacts / (ms / 1000));
  console.table({
    'fetched and copied bare': { ms: Math.round(bareMs), 'contacts a second': perSecond(bareMs) },
    'synced, last page committed': { ms: Math.round(syncMs), 'contacts a second': perSecond(syncMs) },
    'on profiles': { ms: Math.round(peopleMs), 'contacts a second': perSecond(peopleMs) },
  });
  const vsBare = Math.round((bareMs / syncMs) * 100) / 100;
  console.log(JSON.stringify({ bench: 'sync', contacts, vsBare, peakMb }));
}
