import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { addresses } from '../../db/schema/send.ts';

/**
 * The people of a set whose address is not the one their key was made of, at most `limit`, by id after `after`.
 * `people` selects profile_id and names its workspace. Served by the primary keys.
 */
export async function selectStaleAddresses(
  db: Db,
  workspaceId: string,
  people: SQL,
  page: { after: string; limit: number },
): Promise<{ profile_id: string; address: string }[]> {
  return await rowsOf(
    db,
    sql`select t.profile_id, t.email as address
          from (${people}) as q (profile_id)
          join ${profileTraits} t on t.workspace_id = ${workspaceId} and t.profile_id = q.profile_id and t.email is not null
          left join lateral (${keyOf(workspaceId, sql`q.profile_id`)}) a on true
         where q.profile_id > ${page.after}::uuid and a.address is distinct from t.email
         order by q.profile_id limit ${page.limit}`,
  );
}

/**
 * The kept address of one person. The limit keeps it a look-up of its own: joined as a set on a table without
 * statistics, the planner reads every address of the workspace for each person.
 */
export function keyOf(workspaceId: string, profileId: SQL): SQL {
  return sql`select k.address, k.key from ${addresses} k where k.workspace_id = ${workspaceId} and k.profile_id = ${profileId} limit 1`;
}

/** Writes the keys of addresses; may run twice. Served by the primary key. */
export async function upsertAddresses(
  db: Db,
  workspaceId: string,
  rows: { profileId: string; address: string; key: string | null }[],
): Promise<void> {
  await db.execute(
    sql`insert into ${addresses} (workspace_id, profile_id, address, key)
        select ${workspaceId}::uuid, g.profile_id, g.address, g.key
          from unnest(${sql.param(rows.map((row) => row.profileId))}::uuid[],
                      ${sql.param(rows.map((row) => row.address))}::text[],
                      ${sql.param(rows.map((row) => row.key))}::text[]) as g (profile_id, address, key)
            on conflict (workspace_id, profile_id) do update set address = excluded.address, key = excluded.key`,
  );
}

/** Everyone who is written to at this address, whichever profile they stand on. Served by addresses_key. */
export async function selectProfilesOfAddress(db: Db, workspaceId: string, key: string): Promise<string[]> {
  const rows = await rowsOf<{ profile_id: string }>(
    db,
    sql`select a.profile_id
          from ${addresses} a
          join ${profileTraits} t on t.workspace_id = a.workspace_id and t.profile_id = a.profile_id and t.email = a.address
         where a.workspace_id = ${workspaceId} and a.key = ${key} order by a.profile_id limit 100`,
  );
  return rows.map((row) => row.profile_id);
}
