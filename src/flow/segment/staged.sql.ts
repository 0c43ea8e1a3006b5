import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';

type Staging = { workspaceId: string; refreshId: string; asOf: Date; profileIds: string[] | null };

/** Stored memberships with what this refresh has staged so far: what a later layer has to see. Present and past apart, as their indexes are. */
export function stagedMemberships(staging: Staging, key: string): SQL {
  const { workspaceId, refreshId, asOf } = staging;
  const among = (id: SQL) =>
    staging.profileIds ? sql`and ${id} = any(${sql.param(staging.profileIds)}::uuid[])` : sql``;
  const staged = sql`s.workspace_id = ${workspaceId} and s.refresh_id = ${refreshId}::uuid ${among(sql`s.profile_id`)}`;
  const stored = sql`m.workspace_id = ${workspaceId} and m.segment_key = ${key} ${among(sql`m.profile_id`)}`;
  return sql`
    select m.profile_id, m.entered_at, case when s.profile_id is not null then ${asOf}::timestamptz end as left_at
      from ${memberships} m
      left join ${stagedChanges} s on s.profile_id = m.profile_id and ${staged} and ${key} = any(s.left)
     where ${stored} and m.left_at is null
    union all
    select m.profile_id, m.entered_at, m.left_at from ${memberships} m where ${stored} and m.left_at is not null
    union all
    select s.profile_id, ${asOf}::timestamptz, null::timestamptz from ${stagedChanges} s where ${staged} and ${key} = any(s.entered)`;
}

/** Who comes or goes in one of these segments, as staged so far. */
export async function listStagedPeople(
  db: Db,
  staging: { workspaceId: string; refreshId: string },
  keys: string[],
): Promise<string[]> {
  const named = sql`${sql.param(keys)}::text[]`;
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select distinct s.profile_id as id from ${stagedChanges} s
         where s.workspace_id = ${staging.workspaceId} and s.refresh_id = ${staging.refreshId}::uuid
           and (s.entered && ${named} or s.left && ${named})`,
  );
  return rows.map((row) => row.id);
}

/** What was staged of some segments. */
export async function unstage(
  db: Db,
  staging: { workspaceId: string; refreshId: string },
  keys: string[],
): Promise<void> {
  const without = (staged: SQL) =>
    sql`array(select k from unnest(${staged}) k where k <> all(${sql.param(keys)}::text[]))`;
  await db.execute(sql`
    update ${stagedChanges} s set entered = ${without(sql`s.entered`)}, "left" = ${without(sql`s.left`)}
     where s.workspace_id = ${staging.workspaceId} and s.refresh_id = ${staging.refreshId}::uuid`);
}

export async function dropStaged(db: Db, staging: { workspaceId: string; refreshId: string }): Promise<void> {
  await db.execute(sql`
    delete from ${stagedChanges} s
     where s.workspace_id = ${staging.workspaceId} and s.refresh_id = ${staging.refreshId}::uuid`);
}
