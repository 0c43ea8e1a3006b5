import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { NotFound } from '../../../base/errors.ts';
import { type CsvMapping, csvMapping } from '../../../connectors/csv/mapping.ts';
import { newId } from '../../../db/ids.ts';
import type { Db } from '../../../db/pool.ts';
import { uploads } from '../../../db/schema/collect.ts';
import { hashPayload } from '../canonical.ts';
import { findSourceByKey } from '../sources.ts';
import { toStorableText } from '../storable.ts';
import { inspectFile } from './encoding.ts';
import { detectDelimiter, type Layout, readHeader } from './read.ts';

export type UploadKind = 'people' | 'events';

/** A mapping as it was used. `use` is part of each row's version: a changed mapping reads the rows again. */
export type UsedMapping = { use: string; map: CsvMapping };
const usedMapping = z.object({ use: z.string(), map: csvMapping });
const layout = z.object({
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
  delimiter: z.enum([',', ';', '\t']),
});
const kinds = z.enum(['people', 'events']).nullable();

/** A file that was given to us, and how far its import came. */
export type Upload = Omit<typeof uploads.$inferSelect, 'kind' | 'mapping' | 'encoding' | 'delimiter'> & {
  kind: UploadKind | null;
  mapping: UsedMapping | null;
  layout: Layout;
};

/** Looks a file over and makes its upload. Throws Invalid in words when it is no table. */
export async function createUpload(
  db: Db,
  given: { workspaceId: string; id?: string; path: string; fileName: string; createdBy: string | null },
): Promise<{ upload: Upload; columns: string[] }> {
  const { hash, bytes, encoding } = await inspectFile(given.path);
  const found = { encoding, delimiter: await detectDelimiter(given.path, encoding) };
  const columns = await readHeader(given.path, found);
  const source = await findSourceByKey(db, given.workspaceId, 'csv');
  if (!source) throw new NotFound('The workspace has no source for files.');
  const row = {
    workspaceId: given.workspaceId,
    id: given.id ?? newId(),
    sourceId: source.id,
    fileHash: hash,
    fileName: toStorableText(given.fileName),
    headerKey: keyOfHeader(columns),
    ...found,
    status: 'uploaded',
    bytes,
    createdBy: given.createdBy,
    createdAt: now(),
  };
  const [upload] = await db.insert(uploads).values(row).returning();
  return { upload: toUpload(upload!), columns };
}

export async function getUpload(db: Db, workspaceId: string, id: string): Promise<Upload> {
  const [row] = await db
    .select()
    .from(uploads)
    .where(and(eq(uploads.workspaceId, workspaceId), eq(uploads.id, id)));
  if (!row) throw new NotFound('There is no such import.');
  return toUpload(row);
}

/** The newest first. */
export async function listUploads(db: Db, workspaceId: string, limit: number): Promise<Upload[]> {
  const rows = await db
    .select()
    .from(uploads)
    .where(eq(uploads.workspaceId, workspaceId))
    .orderBy(desc(uploads.createdAt), desc(uploads.id))
    .limit(limit);
  return rows.map(toUpload);
}

/** How files with the same columns were read before, the latest first. */
export async function listMappings(
  db: Db,
  upload: Pick<Upload, 'workspaceId' | 'headerKey'>,
): Promise<(UsedMapping & { kind: UploadKind })[]> {
  const rows = await db
    .select()
    .from(uploads)
    .where(
      and(
        eq(uploads.workspaceId, upload.workspaceId),
        eq(uploads.headerKey, upload.headerKey),
        isNotNull(uploads.mapping),
      ),
    )
    .orderBy(desc(uploads.createdAt), desc(uploads.id))
    .limit(100);
  return rows.map(toUpload).flatMap(({ kind, mapping }) => (kind && mapping ? [{ kind, ...mapping }] : []));
}

/**
 * Sets what the columns mean. The same mapping as last time is the same use, so that the same file changes
 * nothing; going back to an earlier one is a new use, or its rows would be known and stay as they are.
 */
export async function setMapping(db: Db, upload: Upload, kind: UploadKind, map: CsvMapping): Promise<Upload> {
  const before = (await listMappings(db, upload)).filter((one) => one.kind === kind);
  const hash = hashPayload({ kind, map });
  const [last] = before;
  const repeated = last?.use.startsWith(hash) ? last.use : null;
  const wasUsed = before.some((one) => one.use.startsWith(hash));
  const use = repeated ?? (wasUsed ? `${hash}-${newId()}` : hash);
  const [row] = await db
    .update(uploads)
    .set({ kind, mapping: { use, map } })
    .where(and(eq(uploads.workspaceId, upload.workspaceId), eq(uploads.id, upload.id)))
    .returning();
  return toUpload(row!);
}

function keyOfHeader(columns: string[]): string {
  return toStorableText(JSON.stringify(columns.toSorted()));
}

function toUpload(row: typeof uploads.$inferSelect): Upload {
  const { kind, mapping, encoding, delimiter, ...rest } = row;
  return {
    ...rest,
    kind: kinds.parse(kind),
    mapping: usedMapping.nullable().parse(mapping),
    layout: layout.parse({ encoding, delimiter }),
  };
}
