import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships, segmentSizes, segments, stagedChanges } from '../../db/schema/segment.ts';

export type Publishing = { workspaceId: string; refreshId: string; before: Date | null; asOf: Date };

/** Closes the open intervals of who left. One that would be empty is removed. */
export async function closeMemberships(db: Db, publishing: Publishing): Promise<void> {
  const { asOf } = publishing;
  const isOpen = sql`${isStaged(publishing)} and m.left_at is null`;
  if (isSameInstant(publishing))
    await db.execute(sql`
      delete from ${memberships} m using ${stagedRows(publishing, 'left')} s
       where ${isOpen} and m.entered_at = ${asOf}::timestamptz`);
  await db.execute(sql`
    update ${memberships} m set left_at = ${asOf}::timestamptz from ${stagedRows(publishing, 'left')} s
     where ${isOpen}`);
}

/**
 * Opens intervals for who entered: nobody who is in, for those are differences. A re-entry at the instant of leaving
 * opens the old one again. In the order of the primary key, so that its pages are written one after another.
 */
export async function openMemberships(db: Db, publishing: Publishing): Promise<void> {
  const { workspaceId, asOf } = publishing;
  const isSame = isSameInstant(publishing);
  if (isSame)
    await db.execute(sql`
      update ${memberships} m set left_at = null from ${stagedRows(publishing, 'entered')} s
       where ${isStaged(publishing)} and m.left_at = ${asOf}::timestamptz`);
  const isNotReopened = sql`where not exists (select 1 from ${memberships} m where ${isStaged(publishing)} and m.left_at is null)`;
  await db.execute(sql`
    insert into ${memberships} (workspace_id, profile_id, segment_key, entered_at, left_at, version)
    select ${workspaceId}::uuid, s.profile_id, s.key, ${asOf}::timestamptz, null, g.version
      from ${stagedRows(publishing, 'entered')} s
      join ${segments} g on g.workspace_id = ${workspaceId} and g.key = s.key
     ${isSame ? isNotReopened : sql``}
     order by s.profile_id, s.key
     ${isSame ? sql`on conflict (workspace_id, profile_id, segment_key, entered_at) do update set left_at = null, version = excluded.version` : sql``}`);
}

/** (profile_id, key) of who came or went. */
function stagedRows({ workspaceId, refreshId }: Publishing, change: 'entered' | 'left'): SQL {
  const keys = change === 'entered' ? sql`c.entered` : sql`c.left`;
  return sql`(select c.profile_id, unnest(${keys}) as key from ${stagedChanges} c
               where c.workspace_id = ${workspaceId} and c.refresh_id = ${refreshId}::uuid)`;
}

/** The intervals `m` of staged rows `s`. */
function isStaged({ workspaceId }: Publishing): SQL {
  return sql`m.workspace_id = ${workspaceId} and m.profile_id = s.profile_id and m.segment_key = s.key`;
}

/** Only a second refresh at one instant can meet what begins or ends at it. */
export function isSameInstant({ before, asOf }: Publishing): boolean {
  return before?.getTime() === asOf.getTime();
}

export type Movement = { key: string; entered: number; left: number };

export async function countStaged(db: Db, publishing: Publishing): Promise<Movement[]> {
  const rows = await rowsOf<{ key: string; entered: string; left: string }>(
    db,
    sql`select s.key, sum(s.entered) as entered, sum(s.left) as left
          from (select e.key, 1 as entered, 0 as "left" from ${stagedRows(publishing, 'entered')} e
                 union all
                select l.key, 0, 1 from ${stagedRows(publishing, 'left')} l) s
         group by s.key`,
  );
  return rows.map((row) => ({ key: row.key, entered: Number(row.entered), left: Number(row.left) }));
}

export type Result = Movement & { version: number };

/**
 * Sizes are counted on: size before, and who came and went. A first result starts from nothing. A rule that was edited
 * meanwhile waits for the next refresh.
 */
export async function writeResults(db: Db, publishing: Publishing, results: Result[]): Promise<void> {
  const { workspaceId, asOf } = publishing;
  const rows = JSON.stringify(results);
  await db.execute(sql`
    update ${segments} s
       set size = coalesce(s.size, 0) + g.entered - g.left, as_of = ${asOf}::timestamptz, status_reason = null, parked_for = null,
           status = case when s.version = g.version then 'ready' else 'pending' end, computed_version = g.version
      from json_to_recordset(${rows}::json) as g (key text, entered bigint, "left" bigint, version int)
     where s.workspace_id = ${workspaceId} and s.key = g.key`);
  await db.execute(sql`
    insert into ${segmentSizes} (workspace_id, segment_key, as_of, size, entered, "left")
    select s.workspace_id, s.key, ${asOf}::timestamptz, s.size, g.entered, g.left
      from json_to_recordset(${rows}::json) as g (key text, entered bigint, "left" bigint, version int)
      join ${segments} s on s.workspace_id = ${workspaceId} and s.key = g.key
     where g.entered + g.left > 0 or not exists (
             select 1 from ${segmentSizes} z where z.workspace_id = ${workspaceId} and z.segment_key = g.key)
        on conflict (workspace_id, segment_key, as_of) do update
       set size = excluded.size, entered = segment_sizes.entered + excluded.entered, "left" = segment_sizes."left" + excluded."left"`);
}

/** A segment that is off, removed or without its rule keeps no present members. */
export async function closeSwitchedOff(db: Db, workspaceId: string, asOf: Date): Promise<void> {
  await db.execute(sql`
    update ${memberships} m set left_at = greatest(${asOf}::timestamptz, m.entered_at + interval '1 millisecond')
     where m.workspace_id = ${workspaceId} and m.left_at is null
       and m.segment_key in (select s.key from ${segments} s where s.workspace_id = ${workspaceId} and not s.is_enabled)`);
  await db.execute(sql`
    update ${segments} s set size = null, computed_version = null, status = 'pending'
     where s.workspace_id = ${workspaceId} and not s.is_enabled and s.computed_version is not null`);
}

/** After many changed at once: with the old statistics the planner loops where it should not, and the other way round. */
export async function analyzeMemberships(db: Db): Promise<void> {
  await db.execute(sql`analyze ${memberships}`);
}
