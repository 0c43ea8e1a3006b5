import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../../db/pool.ts';
import { uploads } from '../../../db/schema/collect.ts';

/** Imports that began and have not ended, of every workspace (workspace_id is read, not given): for the start of a process. */
export async function listRunningUploads(db: Db): Promise<{ workspaceId: string; id: string }[]> {
  return await rowsOf(
    db,
    sql`select workspace_id as "workspaceId", id from ${uploads} where status = 'running' order by created_at`,
  );
}
