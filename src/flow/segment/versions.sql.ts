import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { segments, segmentVersions } from '../../db/schema/segment.ts';

/** From when the members are those of a version: the as-of of the refresh that first computed it. May run twice. */
export async function markPublished(db: Db, workspaceId: string, asOf: Date): Promise<void> {
  await db.execute(sql`
    update ${segmentVersions} v set published_at = ${asOf.toISOString()}::timestamptz
      from ${segments} s
     where s.workspace_id = ${workspaceId} and v.workspace_id = s.workspace_id and v.segment_key = s.key
       and v.version = s.computed_version and v.published_at is null`);
}
