import { and, eq } from 'drizzle-orm';
import { now } from '../../../base/clock.ts';
import { Invalid } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import type { Database } from '../../../db/pool.ts';
import { uploads } from '../../../db/schema/collect.ts';
import { noteHeard } from '../heard.ts';
import { quarantineItems } from '../quarantine.ts';
import { storeItems } from '../store.ts';
import { wakeCarry } from '../wake.ts';
import { type FileRow, readHeader, readRows } from './read.ts';
import { checkMapping, type Reading, type ReadRow, readRow } from './rows.ts';
import type { Upload } from './uploads.ts';

/** Rows of one transaction: enough that commits do not count, few enough that progress is seen to move. */
const BATCH_ROWS = 1_000;

/** What became of a file: rows = accepted + quarantined; `unchanged` of the accepted were known already. */
export type ImportCounts = { rows: number; accepted: number; unchanged: number; quarantined: number };

/**
 * Stores the rows of a file as its mapping reads them, batch by batch, and keeps the progress. May run again from
 * the start after a crash: rows that are known stay as they are. Throws Invalid when the file cannot be read on,
 * and when it is told to stop; what was stored before stays.
 */
export async function importFile(
  database: Database,
  upload: Upload,
  path: string,
  signal?: AbortSignal,
): Promise<ImportCounts> {
  const counts: ImportCounts = { rows: 0, accepted: 0, unchanged: 0, quarantined: 0 };
  const reading = await openReading(database, upload, path);
  await setProgress(database, upload, {
    ...counts,
    status: 'running',
    bytesRead: 0,
    message: null,
    finishedAt: null,
  });
  for await (const batch of inBatches(readRows(path, upload.layout, reading.columns.length))) {
    signal?.throwIfAborted();
    const rows = batch.map((row) => readRow(reading, row));
    await withWorkspace(database, upload.workspaceId, async (scope) => {
      addCounts(counts, rows, await storeBatch(scope, upload, rows));
      await updateUpload(scope, upload, { ...counts, bytesRead: batch.at(-1)!.bytesRead });
    });
    wakeCarry(upload.workspaceId);
  }
  return counts;
}

/** The end of an import, with the reason where it failed. */
export async function finishImport(
  database: Database,
  upload: Upload,
  failure: string | null,
): Promise<void> {
  const end = failure === null ? { status: 'succeeded', bytesRead: upload.bytes } : { status: 'failed' };
  await setProgress(database, upload, { ...end, message: failure, finishedAt: now() });
}

async function openReading(database: Database, upload: Upload, path: string): Promise<Reading> {
  const { kind, mapping } = upload;
  if (!kind || !mapping) throw new Invalid([{ path: '', message: 'Say first what the columns mean.' }]);
  const columns = await readHeader(path, upload.layout);
  checkMapping(kind, mapping.map, columns);
  return await withWorkspace(database, upload.workspaceId, async ({ workspace }) => ({
    kind,
    ...mapping,
    columns,
    fileHash: upload.fileHash,
    zone: workspace.timezone,
    importedAt: upload.createdAt,
  }));
}

async function storeBatch({ db }: Scope, upload: Upload, rows: ReadRow[]) {
  const origin = { workspaceId: upload.workspaceId, sourceId: upload.sourceId, uploadId: upload.id };
  const refused = rows.flatMap((row) => row.refused ?? []);
  await quarantineItems(db, origin, refused);
  await noteHeard(db, origin);
  return await storeItems(
    db,
    origin,
    rows.flatMap((row) => row.item ?? []),
  );
}

function addCounts(
  counts: ImportCounts,
  rows: ReadRow[],
  stored: { read: number; unchanged: number; quarantined: number },
): void {
  counts.rows += rows.length;
  counts.accepted += stored.read - stored.quarantined;
  counts.unchanged += stored.unchanged;
  counts.quarantined += rows.length - stored.read + stored.quarantined;
}

type Progress = Partial<typeof uploads.$inferInsert>;

async function setProgress(database: Database, upload: Upload, progress: Progress): Promise<void> {
  await withWorkspace(
    database,
    upload.workspaceId,
    async (scope) => await updateUpload(scope, upload, progress),
  );
}

async function updateUpload({ db }: Scope, upload: Upload, progress: Progress): Promise<void> {
  await db
    .update(uploads)
    .set(progress)
    .where(and(eq(uploads.workspaceId, upload.workspaceId), eq(uploads.id, upload.id)));
}

async function* inBatches(rows: AsyncIterable<FileRow>): AsyncGenerator<FileRow[]> {
  let batch: FileRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
