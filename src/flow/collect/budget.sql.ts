import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';

type SourceKey = { workspaceId: string; id: string };

/** Nothing is asked of the vendor before `until`. A longer wait that is known stays. */
export async function postponeAsking(db: Db, source: SourceKey, until: Date): Promise<void> {
  await db.execute(sql`
    update ${sources}
       set not_before = greatest(not_before, ${until.toISOString()}::timestamptz)
     where workspace_id = ${source.workspaceId} and id = ${source.id}`);
}

export async function readNotBefore(db: Db, source: SourceKey): Promise<Date | null> {
  const [row] = await db
    .select({ notBefore: sources.notBefore })
    .from(sources)
    .where(and(eq(sources.workspaceId, source.workspaceId), eq(sources.id, source.id)));
  return row?.notBefore ?? null;
}
