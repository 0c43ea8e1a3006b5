import { and, desc, eq } from 'drizzle-orm';
import { NotFound } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { segmentVersions } from '../../db/schema/segment.ts';

export type SegmentVersion = Omit<typeof segmentVersions.$inferSelect, 'definition'> & {
  definition: unknown;
};

/** Each rule a segment had, the newest first. */
export async function listVersions(
  db: Db,
  { workspaceId, key, limit }: { workspaceId: string; key: string; limit: number },
): Promise<SegmentVersion[]> {
  return await db
    .select()
    .from(segmentVersions)
    .where(and(eq(segmentVersions.workspaceId, workspaceId), eq(segmentVersions.segmentKey, key)))
    .orderBy(desc(segmentVersions.version))
    .limit(limit);
}

export async function getVersion(
  db: Db,
  { workspaceId, key, version }: { workspaceId: string; key: string; version: number },
): Promise<SegmentVersion> {
  const [row] = await db
    .select()
    .from(segmentVersions)
    .where(
      and(
        eq(segmentVersions.workspaceId, workspaceId),
        eq(segmentVersions.segmentKey, key),
        eq(segmentVersions.version, version),
      ),
    );
  if (!row) throw new NotFound('There is no such version of this segment.');
  return row;
}
