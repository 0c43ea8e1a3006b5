import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { profiles } from '../db/schema/identify.ts';
import { memberships } from '../db/schema/segment.ts';

/** So many tell a share to half a percent; more would only take longer. */
export const MOST_LOOKED_AT = 10_000;

/** Some of so many. */
export type Drawn = { of: number; ids: string[] };

/**
 * Everyone up to a limit: beyond it those whose id has the smallest hash, which is as good as drawing lots and gives
 * the same people each time. Served by the primary key of profiles.
 */
export async function drawPeople(db: Db, workspaceId: string, limit: number): Promise<Drawn> {
  const alive = (slice: SQL) => sql`select p.id from ${profiles} p
    where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null ${slice}`;
  const of = await count(db, alive(sql``));
  return { of, ids: await readIds(db, alive(sliceOf(sql`p.id`, limit, of))) };
}

/** Members up to a limit of their own, and those of them who are among the people drawn before. */
export async function drawMembers(
  db: Db,
  wish: { workspaceId: string; key: string; limit: number; people: Drawn },
): Promise<{ members: Drawn; amongPeople: string[] }> {
  const { people, limit } = wish;
  const inside = (slice: SQL) => sql`select m.profile_id as id from ${memberships} m
    where m.workspace_id = ${wish.workspaceId} and m.segment_key = ${wish.key} and m.left_at is null ${slice}`;
  const of = await count(db, inside(sql``));
  const members = { of, ids: await readIds(db, inside(sliceOf(sql`m.profile_id`, limit, of))) };
  if (people.ids.length === people.of && members.ids.length === of)
    return { members, amongPeople: members.ids };
  return {
    members,
    amongPeople: await readIds(
      db,
      sql`${inside(sql``)} and m.profile_id = any(${sql.param(people.ids)}::uuid[])`,
    ),
  };
}

async function count(db: Db, set: SQL): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(db, sql`select count(*) as count from (${set}) s`);
  return Number(row?.count ?? 0);
}

async function readIds(db: Db, statement: SQL): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(db, statement);
  return rows.map(({ id }) => id);
}

/** Ids whose hash lies in the first part of all hashes: that many of so many, nearly. */
function sliceOf(id: SQL, limit: number, of: number): SQL {
  if (of <= limit) return sql``;
  const end = -(2n ** 63n) + (2n ** 64n / BigInt(of)) * BigInt(limit);
  return sql`and uuid_hash_extended(${id}, 0) < ${end.toString()}::bigint`;
}
