import { and, asc, eq, gt, gte } from 'drizzle-orm';
import type { Db } from '../../../db/pool.ts';
import { quarantine } from '../../../db/schema/collect.ts';
import type { Upload } from './uploads.ts';

export type RefusedRow = Pick<typeof quarantine.$inferSelect, 'line' | 'path' | 'reason' | 'payload'>;

/** Rows of a file that were not taken in, by line, from after `afterLine` on; index quarantine_source. */
export async function listRefusedRows(
  db: Db,
  upload: Pick<Upload, 'workspaceId' | 'sourceId' | 'id' | 'createdAt'>,
  page: { afterLine?: number; limit: number },
): Promise<RefusedRow[]> {
  const { line, path, reason, payload } = quarantine;
  return await db
    .select({ line, path, reason, payload })
    .from(quarantine)
    .where(
      and(
        eq(quarantine.workspaceId, upload.workspaceId),
        eq(quarantine.sourceId, upload.sourceId),
        gte(quarantine.receivedAt, upload.createdAt),
        eq(quarantine.uploadId, upload.id),
        gt(line, page.afterLine ?? 0),
      ),
    )
    .orderBy(asc(line))
    .limit(page.limit);
}
