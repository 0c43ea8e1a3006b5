import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { findRunning } from '../src/db/embedded/server.ts';
import { processorMs } from './cast/processor-time.ts';
import {
  memoryOf,
  openVisitor,
  type Product,
  startProduct,
  stopProduct,
  type Visitor,
  wordsOf,
} from './cast/product.ts';

/**
 * A shop with years of orders is connected through the pages, as somebody would on the first day. What the page of the
 * run says is read every second until all is there; then what we hold is compared with what the shop holds.
 */
const LOOK_MS = 1_000;
const PATIENCE_MS = 30 * 60_000;
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '100000' },
    /** How often the shop says that it is still writing its file. */
    polls: { type: 'string', default: '4' },
  },
  strict: false,
});
const orders = Number(values.orders);

const vendorShape = z.object({
  hosts: z.array(z.string()),
  settings: z.object({ shop: z.string(), clientId: z.string(), clientSecret: z.string(), url: z.string() }),
  holds: z.object({ orders: z.number(), people: z.number(), netCents: z.number() }),
});
const HELD = `
  with told as (
    select n.name, e.value from events e join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
  )
  select (select count(*) from told where name = 'order_placed')::int as orders,
         (select count(*) from profiles where merged_into is null)::int as people,
         (select coalesce(sum(case name when 'order_placed' then value else -value end), 0) * 100 from told
           where name in ('order_placed', 'order_refunded'))::text as "netCents",
         (select coalesce(sum(net_revenue), 0) * 100 from facts)::text as "factsNetCents",
         (select count(*) from pending_raw_events)::int as waiting`;
const heldShape = z.object({
  orders: z.number(),
  people: z.number(),
  netCents: z.coerce.number(),
  factsNetCents: z.coerce.number(),
  waiting: z.number(),
});

type Vendor = z.infer<typeof vendorShape> & { child: ChildProcess };
/** What the run's page said at one moment. */
type Look = { seconds: number; label: string; note: string; share: number | null; mb: number | null };
type Held = { orders: number; people: number; netCents: number; factsNetCents: number; waiting: number };
type Loaded = { looks: Look[]; syncMs: number; peopleMs: number; shownMs: number; cpuMs: number | null };

const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
chmodSync(folder, 0o711);
const dataDir = path.join(folder, 'data');
const vendor = await startVendor();
let product: Product | undefined;
try {
  product = await startProduct({
    DATA_DIR: dataDir,
    ALLOW_PRIVATE_HOSTS: vendor.hosts.join(','),
    LOG_LEVEL: 'warn',
  });
  const loaded = await load(product);
  report(loaded, await readHeld(), {
    peakMb: memoryOf(product)?.peakMb ?? null,
    violations: await askViolations(),
  });
} finally {
  if (product) await stopProduct(product);
  vendor.child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

async function startVendor(): Promise<Vendor> {
  const args = [String(orders), String(values.polls)];
  const child = fork(path.join(import.meta.dirname, 'first-load-vendor.ts'), args);
  const said = await new Promise((resolve) => child.once('message', resolve));
  return { ...vendorShape.parse(said), child };
}

/** Where the product did not ask as the vendor's own schema has it. */
async function askViolations(): Promise<string[]> {
  const said = new Promise((resolve) => vendor.child.once('message', resolve));
  vendor.child.send('violations');
  return z.object({ violations: z.array(z.string()) }).parse(await said).violations;
}

async function load(running: Product): Promise<Loaded> {
  const visitor = openVisitor(running.url);
  await setUp(visitor);
  const before = processorMs(dataDir, running.child.pid);
  const startedAt = performance.now();
  const source = await visitor.post('/sources/new/shopify', formOf(vendor), '/sources/new/shopify');
  const run = await findRunOf(visitor, source);
  console.log(`The run is at ${running.url}${run}`);
  const looks = await follow(running, { visitor, run, startedAt });
  const syncMs = performance.now() - startedAt;
  await until(async () => (await readHeld()).waiting === 0);
  const peopleMs = performance.now() - startedAt;
  await until(async () => (await readHeld()).factsNetCents === vendor.holds.netCents);
  const shownMs = performance.now() - startedAt;
  const after = processorMs(dataDir, running.child.pid);
  return {
    looks,
    syncMs,
    peopleMs,
    shownMs,
    cpuMs: before === null || after === null ? null : Math.round(after - before),
  };
}

async function setUp(visitor: Visitor): Promise<void> {
  const code = readFileSync(path.join(dataDir, 'setup-code'), 'utf8').trim();
  const about = { business: 'Bench', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' };
  const login = { name: 'Ada', email: 'ada@example.com', password: 'a door for one benchmark' };
  await visitor.post('/setup', { code, ...login, ...about }, `/setup?code=${code}`);
}

function formOf({ settings }: Vendor): Record<string, string> {
  return {
    name: 'Shopify',
    'settings.shop': settings.shop,
    'settings.clientId': settings.clientId,
    'secret.clientSecret': settings.clientSecret,
    'settings.url': settings.url,
  };
}

async function findRunOf(visitor: Visitor, source: string): Promise<string> {
  const run = new RegExp(`href="(${source}/runs/[0-9a-f-]+)"`).exec(await visitor.get(source))?.[1];
  if (!run) throw new Error('No run was started.');
  return run;
}

/** Looks until the page says that the run is over; keeps what it said whenever it said something new. */
async function follow(
  running: Product,
  { visitor, run, startedAt }: { visitor: Visitor; run: string; startedAt: number },
): Promise<Look[]> {
  const looks: Look[] = [];
  await until(async () => {
    const html = await visitor.get(`${run}/progress`);
    if (!html.includes('data-polling')) {
      console.log(wordsOf(html));
      return true;
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const look = { seconds, ...readLook(html), mb: memoryOf(running)?.mb ?? null };
    if (look.label !== looks.at(-1)?.label || look.note !== looks.at(-1)?.note) looks.push(look);
    return false;
  });
  return looks;
}

function readLook(html: string): Pick<Look, 'label' | 'note' | 'share'> {
  const bar = /<progress[^>]* value="(\d+)" max="(\d+)"/.exec(html);
  return {
    label: /class="work-label">([^<]*)</.exec(html)?.[1] ?? '',
    note: /class="help">([^<]*)</.exec(html)?.[1] ?? '',
    share: bar ? Math.round((Number(bar[1]) / Number(bar[2])) * 100) / 100 : null,
  };
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS;
  while (!(await isDone())) {
    if (performance.now() > endAt) throw new Error('It takes too long.');
    await sleep(LOOK_MS);
  }
}

/** What stands in the database, past the product. */
async function readHeld(): Promise<Held> {
  const client = new pg.Client({ connectionString: findRunning(dataDir)!.url });
  await client.connect();
  try {
    return heldShape.parse((await client.query(HELD)).rows[0]);
  } finally {
    await client.end();
  }
}

function report(
  { looks, syncMs, peopleMs, shownMs, cpuMs }: Loaded,
  held: Held,
  { peakMb, violations }: { peakMb: number | null; violations: string[] },
): void {
  console.table(looks);
  const { holds } = vendor;
  console.table({ 'the shop holds': holds, 'we hold': { ...held, waiting: undefined } });
  const each = (ms: number) => ({ seconds: Math.round(ms / 1000), 'orders a second': rate(ms) });
  console.table({
    'run over': each(syncMs),
    'on people': each(peopleMs),
    'in the figures': each(shownMs),
  });
  const isEqual =
    held.orders === holds.orders && held.people === holds.people && held.netCents === holds.netCents;
  console.log(
    JSON.stringify({
      bench: 'first-load',
      orders,
      people: held.people,
      equal: isEqual,
      recordsPerSecond: rate(peopleMs),
      cpuMs,
      peakMb,
      violations,
    }),
  );
  if (!isEqual || violations.length > 0) process.exitCode = 1;
}

function rate(ms: number): number {
  return Math.round(orders / (ms / 1000));
}
