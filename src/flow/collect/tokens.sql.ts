import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';

/** Puts one sealed text beside the others without touching them: two tokens may be renewed at once. */
export async function writeSealed(
  db: Db,
  source: { workspaceId: string; id: string },
  field: string,
  sealed: string,
): Promise<void> {
  await db.execute(sql`
    update ${sources}
       set sealed = sealed || ${JSON.stringify({ [field]: sealed })}::jsonb
     where workspace_id = ${source.workspaceId} and id = ${source.id} and removed_at is null`);
}
