import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { changedProfiles, profiles } from '../../db/schema/identify.ts';

/** Puts profiles in the queue of the next refresh. Twice does no harm: a refresh reads the distinct ids. */
export async function markChanged(db: Db, workspaceId: string, profileIds: Iterable<string>): Promise<void> {
  const ids = [...new Set(profileIds)];
  if (ids.length === 0) return;
  await db.execute(sql`
    insert into ${changedProfiles} (workspace_id, profile_id)
    select ${workspaceId}::uuid, g.id from unnest(${sql.param(ids)}::uuid[]) as g (id)`);
}

/** After a change of what everyone's facts and rules are reckoned by. */
export async function markEveryoneChanged(db: Db, workspaceId: string): Promise<void> {
  await db.execute(sql`
    insert into ${changedProfiles} (workspace_id, profile_id)
    select p.workspace_id, p.id from ${profiles} p
     where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null`);
}

/** Marks what waits as taken by this refresh. What lands meanwhile waits for the next. */
export async function claimChanged(db: Db, workspaceId: string, refreshId: string): Promise<void> {
  await db.execute(sql`
    update ${changedProfiles} set refresh_id = ${refreshId}::uuid
     where workspace_id = ${workspaceId} and refresh_id is distinct from ${refreshId}::uuid`);
}

/** In the transaction that publishes the refresh. */
export async function forgetChanged(db: Db, workspaceId: string, refreshId: string): Promise<void> {
  await db.execute(sql`
    delete from ${changedProfiles} where workspace_id = ${workspaceId} and refresh_id = ${refreshId}::uuid`);
}
