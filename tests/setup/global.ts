import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    adminUrl: string;
  }
}

export const TEMPLATE = 'template_segments';

/** Speed only: a test's database need not survive a power cut. */
const TEST_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_connections=200',
];

/** One server for the whole run, one migrated database that every test file clones, one folder for all they leave. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-test-'));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  const server = await startEmbedded(path.join(folder, 'data'), {
    init: ['--no-sync'],
    settings: TEST_SETTINGS,
  });
  await createTemplate(server.adminUrl);
  await migrateDatabase(server.url.replace('/segments?', `/${TEMPLATE}?`));
  project.provide('databaseUrl', server.url);
  project.provide('adminUrl', server.adminUrl);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function createTemplate(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`create database ${TEMPLATE} owner app`);
  await client.end();
}
