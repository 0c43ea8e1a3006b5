import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships, segmentSizes, segments } from '../../db/schema/segment.ts';

/**
 * Of each local day before an instant, which begins a day, one size a segment is kept: the last, with all who came and
 * went that day. The first count of a segment stays beside it, for it moved nobody. Gives how many rows went; twice is
 * the same as once.
 */
export async function thinSizes(
  db: Db,
  { workspaceId, zone, before }: { workspaceId: string; zone: string; before: Date },
): Promise<number> {
  const [row] = await rowsOf<{ gone: number }>(
    db,
    sql`
    with firsts as (
      select z.segment_key, min(z.as_of) as at from ${segmentSizes} z
       where z.workspace_id = ${workspaceId} group by z.segment_key
    ),
    told as (
      select z.segment_key, z.as_of,
             max(z.as_of) over (partition by z.segment_key, (z.as_of at time zone ${zone})::date) as last
        from ${segmentSizes} z join firsts f on f.segment_key = z.segment_key
       where z.workspace_id = ${workspaceId} and z.as_of < ${before}::timestamptz and z.as_of > f.at
    ),
    gone as (
      delete from ${segmentSizes} z using told t
       where z.workspace_id = ${workspaceId} and z.segment_key = t.segment_key and z.as_of = t.as_of and t.as_of < t.last
      returning z.segment_key, t.last, z.entered, z.left
    ),
    days as (
      select g.segment_key, g.last, sum(g.entered) as entered, sum(g.left) as left from gone g group by g.segment_key, g.last
    ),
    kept as (
      update ${segmentSizes} z set entered = z.entered + d.entered, "left" = z.left + d.left
        from days d
       where z.workspace_id = ${workspaceId} and z.segment_key = d.segment_key and z.as_of = d.last
    )
    select count(*)::int as gone from gone`,
  );
  return row?.gone ?? 0;
}

/**
 * Before people are erased with their memberships: no segment counts them any more. They left, as its history of sizes
 * says without their names.
 */
export async function takeFromSizes(
  db: Db,
  { workspaceId, profileIds, at }: { workspaceId: string; profileIds: string[]; at: Date },
): Promise<void> {
  await db.execute(sql`
    with gone as (
      select m.segment_key, count(*) as people from ${memberships} m
       where m.workspace_id = ${workspaceId} and m.profile_id = any(${sql.param(profileIds)}::uuid[]) and m.left_at is null
       group by m.segment_key
    ),
    counted as (
      update ${segments} s set size = s.size - g.people
        from gone g where s.workspace_id = ${workspaceId} and s.key = g.segment_key and s.size is not null
      returning s.workspace_id, s.key, s.size, greatest(s.as_of, ${at}::timestamptz) as at, g.people
    )
    insert into ${segmentSizes} (workspace_id, segment_key, as_of, size, entered, "left")
    select c.workspace_id, c.key, c.at, c.size, 0, c.people from counted c
        on conflict (workspace_id, segment_key, as_of) do update
       set size = excluded.size, "left" = segment_sizes."left" + excluded."left"`);
}
