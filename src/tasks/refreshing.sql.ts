import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { changedProfiles } from '../db/schema/identify.ts';
import { segments } from '../db/schema/segment.ts';

/**
 * Whether people changed, a segment has no result yet, the last refresh failed (whom time moves is then found by no other
 * sign), or a segment that was switched off or removed still has its members.
 */
export async function needsRefresh(db: Db, workspaceId: string): Promise<boolean> {
  const [row] = await rowsOf<{ needed: boolean }>(
    db,
    sql`
      select exists (select 1 from ${changedProfiles} c where c.workspace_id = ${workspaceId})
          or exists (select 1 from ${segments} s
                      where s.workspace_id = ${workspaceId} and s.removed_at is null and s.is_enabled
                        and s.status in ('pending', 'stale'))
          or exists (select 1 from ${segments} s
                      where s.workspace_id = ${workspaceId} and not s.is_enabled
                        and s.computed_version is not null) as needed`,
  );
  return row?.needed ?? false;
}
