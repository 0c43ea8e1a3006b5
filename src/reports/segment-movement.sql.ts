import { type SQL, sql } from 'drizzle-orm';
import { withoutLoops } from '../db/planning.ts';
import { type Db, rowsOf } from '../db/pool.ts';
import { memberships, segmentSizes, segments } from '../db/schema/segment.ts';

export type DayOfSegment = { day: string; entered: number; left: number; size: number };

/**
 * Who came and went by local day, and the size at its end, oldest first. The first count of a segment moved nobody.
 * Served by the primary key of segment_sizes.
 */
export async function readMovementByDay(
  db: Db,
  wish: { workspaceId: string; key: string; zone: string; since: Date },
): Promise<DayOfSegment[]> {
  const rows = await rowsOf<{ day: string; entered: string; left: string; size: string }>(
    db,
    sql`
    select to_char(z.as_of at time zone ${wish.zone}, 'YYYY-MM-DD') as day,
           coalesce(sum(z.entered) filter (where z.as_of > ${firstCount(wish.workspaceId, wish.key)}), 0) as entered,
           coalesce(sum(z.left) filter (where z.as_of > ${firstCount(wish.workspaceId, wish.key)}), 0) as left,
           (array_agg(z.size order by z.as_of desc))[1] as size
      from ${segmentSizes} z
     where z.workspace_id = ${wish.workspaceId} and z.segment_key = ${wish.key} and z.as_of >= ${wish.since}
     group by day order by day`,
  );
  return rows.map((row) => ({
    day: row.day,
    entered: Number(row.entered),
    left: Number(row.left),
    size: Number(row.size),
  }));
}

/** Moves from or to one group; null: none of them. */
export type Move = { key: string | null; people: number };
type MoveWish = { workspaceId: string; key: string; family: string; since: Date };

/** So many of the latest are followed: the page stays quick after a rule was changed for everyone. */
export const MOST_FOLLOWED = 20_000;

/**
 * Of those who came in: in which group of a family they were until then. Who came in since has not left before, which
 * names memberships_present and memberships_left.
 */
export async function countOrigins(db: Db, wish: MoveWish): Promise<Move[]> {
  const came = sql`select m.profile_id, m.entered_at as at from ${memberships} m
    where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.entered_at >= ${wish.since}
      and m.entered_at > ${firstCount(wish.workspaceId, wish.key)}`;
  return await countMoves(db, wish, {
    moved: sql`${came} and m.left_at is null union all ${came} and m.left_at >= ${wish.since}
      order by at desc limit ${MOST_FOLLOWED}`,
    holds: sql`g.entered_at < v.at and (g.left_at is null or g.left_at >= v.at)`,
  });
}

/** Of those who left: in which group of a family they were from then on. Served by memberships_left. */
export async function countGoals(db: Db, wish: MoveWish): Promise<Move[]> {
  return await countMoves(db, wish, {
    moved: sql`select m.profile_id, m.left_at as at from ${memberships} m
      where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.left_at >= ${wish.since}
      order by m.left_at desc limit ${MOST_FOLLOWED}`,
    holds: sql`g.entered_at <= v.at and (g.left_at is null or g.left_at > v.at)`,
  });
}

/**
 * Each person once, with their latest move. The groups are joined as wholes: who moved since was in them until now or
 * has left them since, and to look each of 20,000 people up took six seconds where this takes a third of one.
 */
async function countMoves(db: Db, wish: MoveWish, ask: { moved: SQL; holds: SQL }): Promise<Move[]> {
  const keys = (await listFamily(db, wish)).filter((key) => key !== wish.key);
  const ofFamily = sql`g.workspace_id = ${wish.workspaceId} and g.segment_key = any(${sql.param(keys)}::text[])`;
  const statement = sql`
    with latest as (
      select distinct on (m.profile_id) m.profile_id, m.at from (${ask.moved}) m order by m.profile_id, m.at desc
    ),
    groups as (
      select g.profile_id, g.segment_key as key, g.entered_at, null::timestamptz as left_at from ${memberships} g
       where ${ofFamily} and g.left_at is null
       union all
      select g.profile_id, g.segment_key, g.entered_at, g.left_at from ${memberships} g
       where ${ofFamily} and g.left_at >= ${wish.since}
    )
    select f.key, count(*) as people
      from (select distinct on (v.profile_id) g.key
              from latest v left join groups g on g.profile_id = v.profile_id and ${ask.holds}
             order by v.profile_id, g.entered_at desc) f
     group by f.key order by count(*) desc, f.key`;
  const rows = await withoutLoops(
    db,
    async (tx) => await rowsOf<{ key: string | null; people: string }>(tx, statement),
  );
  return rows.map((row) => ({ key: row.key, people: Number(row.people) }));
}

export type Flow = { from: string | null; to: string; people: number };

/**
 * Who changed group within a family (of which everybody is in one at most) since an instant: from the group at that
 * instant to the group now. `since` is at the earliest the first count. Who came into a group since has left the one before
 * since: served by memberships_present and memberships_left, a key at a time.
 */
export async function countFlows(
  db: Db,
  wish: { workspaceId: string; family: string; since: Date },
): Promise<Flow[]> {
  const keys = sql`${sql.param(await listFamily(db, wish))}::text[]`;
  const statement = sql`
    with moved as (
      select m.profile_id, m.segment_key as key from ${memberships} m
       where m.workspace_id = ${wish.workspaceId} and m.segment_key = any(${keys})
         and m.left_at is null and m.entered_at > ${wish.since}
       limit ${5 * MOST_FOLLOWED}
    ),
    before as (
      select g.profile_id, g.segment_key as key from ${memberships} g
       where g.workspace_id = ${wish.workspaceId} and g.segment_key = any(${keys})
         and g.left_at > ${wish.since} and g.entered_at <= ${wish.since}
    )
    select f.key as from, v.key as to, count(*) as people
      from moved v left join before f on f.profile_id = v.profile_id
     where f.key is distinct from v.key
     group by f.key, v.key order by count(*) desc, v.key`;
  const rows = await withoutLoops(
    db,
    async (tx) => await rowsOf<{ from: string | null; to: string; people: string }>(tx, statement),
  );
  return rows.map((row) => ({ ...row, people: Number(row.people) }));
}

/** By name: joined, the planner reads every membership there is. */
async function listFamily(db: Db, wish: { workspaceId: string; family: string }): Promise<string[]> {
  return (await rowsOf<{ key: string }>(db, familyOf(wish))).map(({ key }) => key);
}

/** The first count of a family: before it nothing is known of anybody. */
export async function findFirstCount(
  db: Db,
  wish: { workspaceId: string; family: string },
): Promise<Date | null> {
  const [row] = await rowsOf<{ at: string | null }>(
    db,
    sql`select min(z.as_of) as at from ${segmentSizes} z
         where z.workspace_id = ${wish.workspaceId} and z.segment_key in (${familyOf(wish)})`,
  );
  return row?.at ? new Date(row.at) : null;
}

function familyOf(wish: { workspaceId: string; family: string }): SQL {
  return sql`select s.key from ${segments} s
    where s.workspace_id = ${wish.workspaceId} and s.kind = ${wish.family} and s.removed_at is null`;
}

export function firstCount(workspaceId: string, key: string): SQL {
  return sql`(select min(a.as_of) from ${segmentSizes} a where a.workspace_id = ${workspaceId} and a.segment_key = ${key})`;
}
