import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import { configureSecrets } from '../src/base/secrets.ts';
import { loadConnectors } from '../src/connectors/registry.ts';
import { withPlatform, withWorkspace } from '../src/db/doors.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { newId } from '../src/db/ids.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase, rowsOf } from '../src/db/pool.ts';
import { workspaces } from '../src/db/schema/db.ts';
import { createBuiltInSources, findSourceByKey } from '../src/flow/collect/sources.ts';
import { storeItems } from '../src/flow/collect/store.ts';
import { carry } from '../src/tasks/pipeline.ts';

/** Items a statement, as a page of a source would bring them. */
const STORE_BATCH = 5_000;

/** How fast person records become profiles, and whether every person is one. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { profiles: { type: 'string', default: '1000000' } },
    strict: false,
  });
  const records = Number(values.profiles);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
  // As root, Postgres runs under another account, which has to pass through.
  chmodSync(folder, 0o711);
  const server = await startEmbedded(path.join(folder, 'data'));
  const database = openDatabase(server.url);
  try {
    configureSecrets(Buffer.alloc(32, 7));
    await migrateDatabase(server.url);
    await loadConnectors();
    report(await measure(database, records));
  } finally {
    await closeDatabase(database);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = {
  records: number;
  people: number;
  found: number;
  doubled: number;
  storedMs: number;
  carriedMs: number;
};

async function measure(database: Database, records: number): Promise<Measured> {
  const workspaceId = await makeWorkspace(database);
  const storedMs = await time(async () => await store(database, workspaceId, records));
  const carriedMs = await time(async () => await carry(database, workspaceId, { waitMs: 1_000 }));
  const [row] = await rowsOf<{ found: string; doubled: string }>(
    database.db,
    sql`select (select count(*) from profiles where workspace_id = ${workspaceId} and merged_into is null) as found,
               (select count(*) from (select profile_id from identifiers
                                       where workspace_id = ${workspaceId} and kind = 'user_id'
                                       group by profile_id having count(*) > 1) d) as doubled`,
  );
  return {
    records,
    people: Math.ceil(records / 3),
    found: Number(row?.found),
    doubled: Number(row?.doubled),
    storedMs,
    carriedMs,
  };
}

function report({ records, people, found, doubled, storedMs, carriedMs }: Measured): void {
  const recordsPerSecond = Math.round((records / carriedMs) * 1000);
  console.table([
    {
      what: 'stored untouched',
      records,
      seconds: storedMs / 1000,
      perSecond: Math.round((records / storedMs) * 1000),
    },
    { what: 'on profiles', records, seconds: carriedMs / 1000, perSecond: recordsPerSecond },
  ]);
  const isRight = found === people && doubled === 0;
  if (!isRight) process.exitCode = 1;
  console.log(
    JSON.stringify({ bench: 'identify', records, people, found, doubled, isRight, recordsPerSecond }),
  );
}

async function makeWorkspace(database: Database): Promise<string> {
  const workspace = { id: newId(), name: 'Bench', timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' };
  await withPlatform(
    database,
    async (db) => await db.insert(workspaces).values({ ...workspace, createdAt: new Date() }),
  );
  await withWorkspace(database, workspace.id, async ({ db }) => await createBuiltInSources(db, workspace));
  return workspace.id;
}

async function store(database: Database, workspaceId: string, records: number): Promise<void> {
  const source = (await findSourceByKey(database.db, workspaceId, 'tracking'))!;
  for (let from = 0; from < records; from += STORE_BATCH) {
    const items = Array.from({ length: Math.min(STORE_BATCH, records - from) }, (_, n) => toItem(from + n));
    await storeItems(database.db, { workspaceId, sourceId: source.id }, items);
  }
}

/** Three records a person, far apart in the stream: the browser alone, the sign-up that names it, the newsletter. */
function toItem(n: number) {
  const person = Math.floor(n / 3);
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  const email = `person${person}@mail.example`;
  const said = [
    { anonymousId: `browser-${person}`, traits: { language: 'de', city: `City ${person % 100}` } },
    {
      userId: `user-${person}`,
      anonymousId: `browser-${person}`,
      traits: { email, firstName: `First ${person % 1000}`, plan: 'free' },
    },
    { traits: { email, country: 'DE', createdAt: at } },
  ][n % 3]!;
  const payload = { message: { type: 'identify', ...said }, occurredAt: at, receivedAt: at };
  return { stream: 'identify', externalId: `m${n}`, version: '', payload };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

await main();
