import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events, identifiers, links, merges, partings, profiles, records } from '../../db/schema/identify.ts';
import type { Identifier } from './kinds.ts';

/** The things sources said of a person: by these their raw events are found. */
export async function listSubjects(db: Db, workspaceId: string, profileIds: string[]): Promise<string[]> {
  const ids = sql`any(${sql.param(profileIds)}::uuid[])`;
  const rows = await rowsOf<{ subject: string }>(
    db,
    sql`select subject from ${records} where workspace_id = ${workspaceId} and profile_id = ${ids}
        union
        select subject from ${events} where workspace_id = ${workspaceId} and profile_id = ${ids}`,
  );
  return rows.map(({ subject }) => subject);
}

/** Links, partings and entries of the ledger that name an identifier or profile of the person. May run twice. */
export async function deleteTraces(
  db: Db,
  workspaceId: string,
  person: { profileIds: string[]; identifiers: Identifier[] },
): Promise<void> {
  const named = sql`(select k.kind, k.value from unnest(${sql.param(person.identifiers.map(({ kind }) => kind))}::text[],
    ${sql.param(person.identifiers.map(({ value }) => value))}::text[]) as k (kind, value))`;
  const ids = sql`any(${sql.param(person.profileIds)}::uuid[])`;
  for (const table of [links, partings])
    await db.execute(sql`delete from ${table}
      where workspace_id = ${workspaceId} and ((kind, value) in ${named} or (other_kind, other_value) in ${named})`);
  await db.execute(sql`delete from ${merges}
    where workspace_id = ${workspaceId}
      and ((kind, value) in ${named} or from_profile_id = ${ids} or to_profile_id = ${ids})`);
}

/** The ids stay, so that nothing takes them again; of the person nothing does. Homes of others that were theirs move. */
export async function markErased(db: Db, workspaceId: string, profileIds: string[], at: Date): Promise<void> {
  const ids = sql`any(${sql.param(profileIds)}::uuid[])`;
  await db.execute(sql`update ${profiles}
       set erased_at = coalesce(erased_at, ${at.toISOString()}::timestamptz), first_seen_at = null, last_seen_at = null
     where workspace_id = ${workspaceId} and id = ${ids}`);
  await db.execute(sql`update ${identifiers} set home_id = profile_id
     where workspace_id = ${workspaceId} and home_id = ${ids}`);
}
