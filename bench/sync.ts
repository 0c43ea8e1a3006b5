import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
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
import { copyBare } from './cast/bare-copy.ts';
import { processorMs } from './cast/processor-time.ts';

/**
 * A first sync of many contacts until the last page is committed with its cursor, against fetching the same pages
 * and copying them bare. By turns and each from nothing, so that a busy minute of the machine meets both; of each the
 * best round counts. Then once what a sync does not wait for: the contacts become people.
 */
const ROUNDS = 3;
/** Neither side is measured while the programs are still being compiled. */
const WARM_UP = 10_000;
const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: String(ROUNDS) },
    /** Without what comes after the sync. */
    alone: { type: 'boolean', default: false },
  },
  strict: false,
});
const contacts = Number(values.profiles);

const vendorShape = z.object({
  host: z.string(),
  settings: z.object({ url: z.string(), apiKey: z.string(), audience: z.string() }),
});
type Vendor = z.infer<typeof vendorShape> & { child: ChildProcess };
type Measured = { ms: number; cpuMs: number };
type Synced = Measured & { peakMb: number; workspaceId: string };

const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
chmodSync(folder, 0o711);
const env = { DATA_DIR: path.join(folder, 'data'), SECRET_KEY: 'x'.repeat(44) };
process.env.LOG_LEVEL ??= 'warn';
const embedded = await startEmbedded(env.DATA_DIR);
const vendor = await startVendor(contacts);
configureSecrets(keysOf(readConfig(env), { isNew: true })().current);
await migrateDatabase(embedded.url);
await loadConnectors();
const database = openDatabase(embedded.url);
try {
  await warmUp();
  const bare: Measured[] = [];
  const synced: Synced[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    bare.push(await fetchBare(vendor, contacts));
    synced.push(await sync(database, vendor, contacts));
  }
  showRounds(bare, synced);
  if (!values.alone) await showPeople(database, synced.at(-1)!);
  report(bare, synced);
} finally {
  await closeDatabase(database);
  vendor.child.kill('SIGTERM');
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startVendor(members: number): Promise<Vendor> {
  const child = fork(path.join(import.meta.dirname, 'sync-vendor.ts'), [String(members)]);
  const said = await new Promise((resolve) => child.once('message', resolve));
  return { ...vendorShape.parse(said), child };
}

async function warmUp(): Promise<void> {
  const small = await startVendor(WARM_UP);
  await fetchBare(small, WARM_UP);
  await sync(database, small, WARM_UP);
  small.child.kill('SIGTERM');
}

async function fetchBare({ settings }: Vendor, expected: number): Promise<Measured> {
  await clear('drop table if exists bare', 'create table bare (like raw_events including all)');
  const client = new pg.Client({ connectionString: embedded.url });
  await client.connect();
  try {
    let copied = 0;
    const measured = await measure(async () => {
      copied = await copyBare(client, settings);
    });
    if (copied !== expected) throw new Error(`Of ${expected} contacts ${copied} were copied.`);
    return measured;
  } finally {
    await client.end();
  }
}

async function sync(db: Database, { host, settings }: Vendor, expected: number): Promise<Synced> {
  await clear('truncate raw_events, pending_raw_events', 'drop table if exists bare');
  configureConnections({ allow: [host] });
  const fields = { name: 'Bench', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' } as const;
  const workspace = await createWorkspace(db, fields);
  const wish = { workspace, connector: 'mailchimp', name: 'Letter', settings };
  const { source } = await createSource(db.db, wish);
  const memory = watchMemory();
  const measured = await measure(async () => {
    const result = await syncSource(db, workspace.id, source.id, { trigger: 'command' });
    if (result.status !== 'succeeded' || result.new !== expected) throw new Error(JSON.stringify(result));
  });
  return { ...measured, peakMb: memory(), workspaceId: workspace.id };
}

/** What one side wrote is on the disk before the other is measured. */
async function clear(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: embedded.adminUrl.replace('/postgres?', '/segments?') });
  await client.connect();
  try {
    for (const statement of [...statements, 'grant all on all tables in schema public to app', 'checkpoint'])
      await client.query(statement);
  } finally {
    await client.end();
  }
}

async function measure(work: () => Promise<void>): Promise<Measured> {
  const cpuBefore = processorMs(env.DATA_DIR) ?? 0;
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  return { ms, cpuMs: (processorMs(env.DATA_DIR) ?? 0) - cpuBefore };
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

function showRounds(bare: Measured[], synced: Synced[]): void {
  const rounds = bare.flatMap((one, index) => [
    { side: 'fetched and copied bare', ...toRow(one) },
    { side: 'synced, last page committed', ...toRow(synced[index]!), 'MB at most': synced[index]!.peakMb },
  ]);
  console.table(rounds);
}

function report(bare: Measured[], synced: Synced[]): void {
  const best = (of: Measured[], figure: 'ms' | 'cpuMs') => Math.min(...of.map((one) => one[figure]));
  const ratio = (figure: 'ms' | 'cpuMs') =>
    Math.round((best(bare, figure) / best(synced, figure)) * 100) / 100;
  const peakMb = Math.max(...synced.map((one) => one.peakMb));
  const result = { bench: 'sync', contacts, vsBare: ratio('ms'), vsBareProcessor: ratio('cpuMs'), peakMb };
  console.log(JSON.stringify(result));
}

function toRow({ ms, cpuMs }: Measured): Record<string, number> {
  return {
    ms: Math.round(ms),
    'contacts a second': Math.round(contacts / (ms / 1000)),
    'processor ms': Math.round(cpuMs),
  };
}

/** What a sync does not wait for. */
async function showPeople(db: Database, { workspaceId }: Synced): Promise<void> {
  const memory = watchMemory();
  const { ms, cpuMs } = await measure(async () => {
    await carry(db, workspaceId, { waitMs: 60_000 });
  });
  console.table([{ side: 'then put on people', ...toRow({ ms, cpuMs }), 'MB at most': memory() }]);
}
