import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';

/** Everyone a rule could match: not joined to another, not erased. */
export async function countLiving(db: Db, workspaceId: string): Promise<number> {
  const [row] = await rowsOf<{ people: string }>(
    db,
    sql`select count(*) as people from ${profiles} p
         where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null`,
  );
  return Number(row?.people ?? 0);
}
