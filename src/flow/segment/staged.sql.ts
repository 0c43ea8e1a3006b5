import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships, stagedChanges } from '../../db/schema/segment.ts';
import { isSameInstant, type Publishing } from './publish.sql.ts';

type Staging = Publishing & { profileIds: string[] | null };

/**
 * Stored memberships with what this refresh has staged so far, as they will be published: what a later layer has to see.
 * Present and past apart, as their indexes are. In a second refresh at one instant what would be empty is removed, and
 * whoever left at it and comes back has never left.
 */
export function stagedMemberships(staging: Staging, key: string): SQL {
  const { workspaceId, refreshId } = staging;
  const asOf = sql`${staging.asOf}::timestamptz`;
  const among = (id: SQL) =>
    staging.profileIds ? sql`and ${id} = any(${sql.param(staging.profileIds)}::uuid[])` : sql``;
  const staged = sql`s.workspace_id = ${workspaceId} and s.refresh_id = ${refreshId}::uuid ${among(sql`s.profile_id`)}`;
  const stored = sql`m.workspace_id = ${workspaceId} and m.segment_key = ${key} ${among(sql`m.profile_id`)}`;
  const isSame = isSameInstant(staging);
  const isReopened = sql`exists (
    select 1 from ${stagedChanges} s where ${staged} and ${key} = any(s.entered) and s.profile_id = m.profile_id)`;
  const wasReopened = sql`exists (
    select 1 from ${memberships} m where ${stored} and m.left_at = ${asOf} and m.profile_id = s.profile_id)`;
  return sql`
    select m.profile_id, m.entered_at, case when s.profile_id is not null then ${asOf} end as left_at
      from ${memberships} m
      left join ${stagedChanges} s on s.profile_id = m.profile_id and ${staged} and ${key} = any(s.left)
     where ${stored} and m.left_at is null ${isSame ? sql`and (s.profile_id is null or m.entered_at < ${asOf})` : sql``}
    union all
    select m.profile_id, m.entered_at, ${isSame ? sql`case when m.left_at < ${asOf} or not ${isReopened} then m.left_at end` : sql`m.left_at`}
      from ${memberships} m where ${stored} and m.left_at is not null
    union all
    select s.profile_id, ${asOf}, null::timestamptz
      from ${stagedChanges} s where ${staged} and ${key} = any(s.entered) ${isSame ? sql`and not ${wasReopened}` : sql``}`;
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
