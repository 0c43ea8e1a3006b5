import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import { withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { finishImport } from '../flow/collect/csv/import.ts';
import { listRunningUploads } from '../flow/collect/csv/running.sql.ts';
import { getUpload } from '../flow/collect/csv/uploads.ts';
import { leaseOf, startImport, stopImports, uploadPath } from './importing.ts';

/** An import that broke off goes on within this time. */
const LOOK_MS = 30_000;
/** A file whose columns nobody has named by then was given up. */
const KEPT_MS = 30 * 24 * 60 * 60_000;
const STOPPED =
  'The import was stopped before its end. Import the file again: rows that are there already stay as they are.';

/** Takes up imports that a stopped process or a lost database left, as long as this process runs. */
export function startImporting(database: Database, config: Config): { stop: () => Promise<void> } {
  const look = () => void resumeQuietly(database, config);
  const timer = setInterval(look, LOOK_MS);
  look();
  return {
    stop: async () => {
      clearInterval(timer);
      await stopImports();
    },
  };
}

/**
 * Starts every import that has begun and not ended from its first row: what is known stays as it is. A file that
 * was given to a command is not ours to read again; where the command is gone, its upload ends in words.
 */
export async function resumeImports(database: Database, config: Pick<Config, 'dataDir'>): Promise<void> {
  for (const running of await listRunningUploads(database.db)) {
    const upload = await getUpload(database.db, running.workspaceId, running.id);
    const file = uploadPath(config, upload.id);
    if (existsSync(file)) startImport(database, upload, file);
    else
      await withLease(database, leaseOf(upload), async () => await finishImport(database, upload, STOPPED));
  }
}

/** Removes files that were uploaded long ago and never imported. */
export async function removeOldFiles(config: Pick<Config, 'dataDir'>): Promise<void> {
  const folder = path.dirname(uploadPath(config, 'any'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = now().getTime() - KEPT_MS;
  const old = (await readdir(folder)).filter((name) => timeOf(name) < before);
  await Promise.all(old.map(async (name) => await rm(path.join(folder, name), { force: true })));
}

/** When a file came, by the id that is its name: the disk's own times know nothing of the product's clock. */
function timeOf(name: string): number {
  return Number.parseInt(name.replace('-', '').slice(0, 12), 16);
}

async function resumeQuietly(database: Database, config: Config): Promise<void> {
  try {
    await resumeImports(database, config);
    await removeOldFiles(config);
  } catch (error) {
    log.warn({ err: error }, 'Could not look for imports that broke off; it is looked for again');
  }
}
