import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../base/config.ts';
import { Conflict, Invalid } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { finishImport, type ImportCounts, importFile } from '../flow/collect/csv/import.ts';
import { listRunningUploads } from '../flow/collect/csv/running.sql.ts';
import { getUpload, type Upload } from '../flow/collect/csv/uploads.ts';
import { carry } from './pipeline.ts';

/** An import answers when its people and events are there; another process may be carrying meanwhile. */
const CARRY_WAIT_MS = 10 * 60_000;

const STOPPED =
  'The import was stopped before its end. Import the file again: rows that are there already stay as they are.';

const underway = new Set<Promise<unknown>>();

/** Where the bytes of an upload lie. The name someone gave the file is never part of a path. */
export function uploadPath(config: Pick<Config, 'dataDir'>, id: string): string {
  return path.join(config.dataDir, 'uploads', `${id}.csv`);
}

/**
 * Imports a file and carries it through identify and profile; one process at a time. Throws Invalid when it
 * cannot be read.
 */
export async function runImport(database: Database, upload: Upload, file: string): Promise<ImportCounts> {
  const startedAt = performance.now();
  const wish = { workspaceId: upload.workspaceId, job: `import-${upload.id}` };
  const counts = await withLease(database, wish, async () => await importToEnd(database, upload, file));
  if (!counts) throw new Conflict('This file is being imported already.');
  await carry(database, upload.workspaceId, { waitMs: CARRY_WAIT_MS });
  log.info(
    { upload: upload.id, ...counts, ms: Math.round(performance.now() - startedAt) },
    'Imported a file',
  );
  return counts;
}

/** Starts an import and returns at once, for a page that shows its progress. How it ended is told by the upload. */
export function startImport(database: Database, upload: Upload, file: string): void {
  const work = importUploaded(database, upload, file);
  underway.add(work);
  void work.finally(() => underway.delete(work));
}

/**
 * Takes up imports that a stopped process left, from their first row: what is known stays as it is. A file that
 * was given to a command is gone with it; its upload ends in words.
 */
export async function resumeImports(database: Database, config: Config): Promise<void> {
  for (const { workspaceId, id } of await listRunningUploads(database.db)) {
    const upload = await getUpload(database.db, workspaceId, id);
    const file = uploadPath(config, id);
    if (existsSync(file)) startImport(database, upload, file);
    else
      await withLease(
        database,
        { workspaceId, job: `import-${id}` },
        async () => await finishImport(database, upload, STOPPED),
      );
  }
}

/** For the end of the process and for tests: waits for the imports that are at work. */
export async function finishImports(): Promise<void> {
  await Promise.all([...underway]);
}

/** The file goes when its import has ended, well or not: what it held is stored, or told in words. */
async function importUploaded(database: Database, upload: Upload, file: string): Promise<void> {
  try {
    await runImport(database, upload, file);
  } catch (error) {
    if (error instanceof Conflict)
      return log.info({ upload: upload.id }, 'An import was not started: it is at work');
    // The upload has the reason; an Invalid is the file's own fault.
    if (!(error instanceof Invalid)) log.error({ err: error, upload: upload.id }, 'An import failed');
  }
  await rm(file, { force: true });
}

async function importToEnd(database: Database, upload: Upload, file: string): Promise<ImportCounts> {
  try {
    const counts = await importFile(database, upload, file);
    await finishImport(database, upload, null);
    return counts;
  } catch (error) {
    await finishImport(
      database,
      upload,
      error instanceof Invalid ? error.message : 'Something went wrong. It has been noted.',
    );
    throw error;
  }
}
