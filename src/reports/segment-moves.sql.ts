import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/pool.ts';
import { memberships, segmentSizes } from '../db/schema/segment.ts';
import { describeEntries, type ListedMember, type MemberCursor } from './segment-members.sql.ts';
import { firstCount } from './segment-movement.sql.ts';

export type Moved = 'entered' | 'left';
export type MoveWish = {
  workspaceId: string;
  key: string;
  moved: Moved;
  since: Date;
  after: MemberCursor | null;
  limit: number;
};

/**
 * Who came, or who went, since an instant, each time, the latest first: the same moves that readMovementByDay counts.
 * Served by memberships_present and memberships_left. Who came since has not left before.
 */
export async function listMoveRows(db: Db, wish: MoveWish): Promise<ListedMember[]> {
  if (wish.moved === 'left') return await describeEntries(db, latest(wish, sql`m.left_at`, LEFT));
  const still = latest(wish, sql`m.entered_at`, sql`m.left_at is null`);
  const gone = latest(wish, sql`m.entered_at`, sql`${LEFT} and m.left_at >= ${wish.since}`);
  const both = sql`select * from (${still} union all ${gone}) n order by n.at desc, n.profile_id desc limit ${wish.limit}`;
  return await describeEntries(db, both);
}

const LEFT = sql`m.left_at is not null`;

function latest(wish: MoveWish, at: SQL, which: SQL): SQL {
  const { workspaceId, key, since, after, limit } = wish;
  const follows = after
    ? sql`${at} <= ${after.at} and (${at}, m.profile_id) < (${after.at}::timestamptz, ${after.profileId}::uuid)`
    : sql`true`;
  return sql`(
    select m.profile_id, ${at} as at, m.workspace_id from ${memberships} m
     where m.workspace_id = ${workspaceId} and m.segment_key = ${key} and ${which} and ${at} >= ${since}
       and ${at} > ${firstCount(workspaceId, key)} and ${follows} and ${isCounted(wish, at)}
     order by ${at} desc, m.profile_id desc limit ${limit})`;
}

/** A segment that is switched off loses its members without anybody moving. One value a row: no join to be planned. */
function isCounted({ workspaceId, key }: MoveWish, at: SQL): SQL {
  return sql`(select true from ${segmentSizes} z
               where z.workspace_id = ${workspaceId} and z.segment_key = ${key} and z.as_of = ${at})`;
}
