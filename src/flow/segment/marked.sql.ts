import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { changedProfiles } from '../../db/schema/identify.ts';

/** People marked as changed that no refresh has taken yet. */
export async function listMarked(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select distinct c.profile_id as id from ${changedProfiles} c where c.workspace_id = ${workspaceId} and c.refresh_id is null`,
  );
  return rows.map((row) => row.id);
}
