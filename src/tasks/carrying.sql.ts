import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { pendingNotices, pendingRawEvents } from '../db/schema/collect.ts';
import { workspaces } from '../db/schema/db.ts';

/** Businesses with raw events that wait. Goes by workspace so that a long queue of one is not walked through. */
export async function findWorkspacesWithRawEvents(db: Db): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select w.id from ${workspaces} w
         where exists (select 1 from ${pendingRawEvents} p where p.workspace_id = w.id)`,
  );
  return rows.map((row) => row.id);
}

/** Businesses with webhooks that can be filled in now. */
export async function findWorkspacesWithNotices(db: Db, at: Date): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select w.id from ${workspaces} w
         where exists (select 1 from ${pendingNotices} n
                        where n.workspace_id = w.id and n.next_try_at <= ${at.toISOString()})`,
  );
  return rows.map((row) => row.id);
}
