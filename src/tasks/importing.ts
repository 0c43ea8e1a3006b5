import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../base/config.ts';
import { Conflict, Invalid } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { finishImport, type ImportCounts, importFile } from '../flow/collect/csv/import.ts';
import { getUpload, type Upload } from '../flow/collect/csv/uploads.ts';
import { carry } from './pipeline.ts';

/** An import answers when its people and events are there; another process may be carrying meanwhile. */
const CARRY_WAIT_MS = 10 * 60_000;

const stopping = new AbortController();
const underway = new Map<string, Promise<void>>();

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
  const counts = await withLease(
    database,
    leaseOf(upload),
    async () => await importToEnd(database, upload, file),
  );
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
  if (underway.has(upload.id) || stopping.signal.aborted) return;
  const work = importUploaded(database, upload, file).finally(() => underway.delete(upload.id));
  underway.set(upload.id, work);
}

/** Waits for the imports that this process has at work. */
export async function finishImports(): Promise<void> {
  await Promise.all(underway.values());
}

/** Lets each import store its batch and leaves the rest to the next start; for the end of the process. */
export async function stopImports(): Promise<void> {
  stopping.abort();
  await finishImports();
}

export function leaseOf({ workspaceId, id }: Pick<Upload, 'workspaceId' | 'id'>): {
  workspaceId: string;
  job: string;
} {
  return { workspaceId, job: `import-${id}` };
}

/** One that was stopped stays running and is taken up again; anything else has an end, told in words. */
async function importToEnd(database: Database, upload: Upload, file: string): Promise<ImportCounts> {
  try {
    const counts = await importFile(database, upload, file, stopping.signal);
    await finishImport(database, upload, null);
    return counts;
  } catch (error) {
    if (stopping.signal.aborted) throw error;
    await finishImport(
      database,
      upload,
      error instanceof Invalid ? error.message : 'Something went wrong. It has been noted.',
    );
    throw error;
  }
}

/** The file goes when its import has ended, well or not: what it held is stored, or told in words. */
async function importUploaded(database: Database, upload: Upload, file: string): Promise<void> {
  try {
    await importKnown(database, upload, file);
    const { status } = await getUpload(database.db, upload.workspaceId, upload.id);
    if (status !== 'running') await rm(file, { force: true });
  } catch (error) {
    if (!stopping.signal.aborted)
      log.error({ err: error, upload: upload.id }, 'An import broke off; it is taken up again');
  }
}

/** Faults of the file are told by the upload, and another process at work is no fault. */
async function importKnown(database: Database, upload: Upload, file: string): Promise<void> {
  try {
    await runImport(database, upload, file);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
  }
}
