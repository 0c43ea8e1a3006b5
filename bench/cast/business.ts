import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type Workspace, withPlatform } from '../../src/db/doors.ts';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { newId } from '../../src/db/ids.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase } from '../../src/db/pool.ts';
import { workspaces } from '../../src/db/schema/db.ts';
import { type RefreshResult, refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { processorMs } from './processor-time.ts';
import { AS_OF, fillWorkspace, makeRules } from './refresh.ts';

export type Business = { database: Database; workspace: Workspace; dataDir: string; adminUrl: string };

/** A refresh with the processor time it took, here and in PostgreSQL; null where the system does not tell. */
export type Measured = RefreshResult & { cpuMs: number | null };

/** A database of its own with one shop in it, gone afterwards. */
export async function withBusiness<T>(work: (business: Business) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
  chmodSync(folder, 0o711);
  const server = await startEmbedded(path.join(folder, 'data'));
  const database = openDatabase(server.url);
  try {
    await migrateDatabase(server.url);
    const { dataDir, adminUrl } = server;
    return await work({ database, workspace: await makeWorkspace(database), dataDir, adminUrl });
  } finally {
    await closeDatabase(database);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** People with their events and rules, refreshed once and once more, as they stand after a night: all tidied and on disk. */
export async function settle(business: Business, people: number): Promise<Measured> {
  const { database, workspace, adminUrl } = business;
  await fillWorkspace(database, workspace, people);
  for (const { key, definition } of makeRules())
    await createSegment(database.db, workspace, { key, name: key, definition });
  const first = await refresh(business, AS_OF);
  await refresh(business, AS_OF);
  await database.pool.query('vacuum analyze');
  await checkpoint(adminUrl);
  return first;
}

/** Else the server goes on for minutes to write out what was only made for the measurement. */
async function checkpoint(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

export async function refresh(
  { database, workspace, dataDir }: Business,
  asOf: Date,
  full = false,
): Promise<Measured> {
  const before = processorMs(dataDir);
  const result = await refreshWorkspace(database, workspace.id, { trigger: 'bench', asOf, full });
  const after = processorMs(dataDir);
  return { ...result, cpuMs: before === null || after === null ? null : Math.round(after - before) };
}

/** The most memory this process ever held. PostgreSQL is another process. */
export function peakMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

async function makeWorkspace(database: Database): Promise<Workspace> {
  const workspace: Workspace = {
    id: newId(),
    name: 'Bench',
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    kind: 'shop',
    isDemo: false,
    settings: {},
  };
  await withPlatform(
    database,
    async (db) => await db.insert(workspaces).values({ ...workspace, createdAt: AS_OF }),
  );
  return workspace;
}
