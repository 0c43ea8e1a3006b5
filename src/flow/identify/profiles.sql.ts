import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { events, identifiers, profileAliases, profiles } from '../../db/schema/identify.ts';
import { withTimes } from '../../db/times.ts';

export type SeenProfile = { id: string; firstAt: Date; lastAt: Date };

/** When each profile was created, joined ones too. Served by the primary key. */
export async function loadCreationTimes(
  db: Db,
  workspaceId: string,
  ids: string[],
): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const rows = await rowsOf<{ id: string; createdAt: string }>(
    db,
    sql`select id, created_at as "createdAt" from ${profiles}
         where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[])`,
  );
  return new Map(rows.map(({ id, createdAt }) => [id, new Date(createdAt)]));
}

export async function insertProfiles(
  db: Db,
  workspaceId: string,
  rows: SeenProfile[],
  createdAt: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${profiles} (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${workspaceId}::uuid, g.id, ${createdAt.toISOString()}::timestamptz, g."firstAt", g."lastAt"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g (id uuid, "firstAt" timestamptz, "lastAt" timestamptz)
        on conflict (workspace_id, id) do nothing`);
}

/** Times only ever widen here, so it may run twice. */
export async function widenSeenTimes(db: Db, workspaceId: string, rows: SeenProfile[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    update ${profiles} p
       set first_seen_at = least(p.first_seen_at, g."firstAt"), last_seen_at = greatest(p.last_seen_at, g."lastAt")
      from json_to_recordset(${JSON.stringify(rows)}::json) as g (id uuid, "firstAt" timestamptz, "lastAt" timestamptz)
     where p.workspace_id = ${workspaceId} and p.id = g.id
       and (p.first_seen_at is null or p.first_seen_at > g."firstAt"
            or p.last_seen_at is null or p.last_seen_at < g."lastAt")`);
}

/** After identifiers moved: a person was seen when their identifiers were, and with each event. */
export async function recomputeSeenTimes(db: Db, workspaceId: string, ids: string[]): Promise<void> {
  await db.execute(sql`
    with said as (
      select profile_id, first_seen_at as first_at, last_seen_at as last_at
        from ${identifiers}
       where workspace_id = ${workspaceId} and profile_id = any(${sql.param(ids)}::uuid[])
      union all
      select profile_id, min(occurred_at), max(occurred_at)
        from ${events}
       where workspace_id = ${workspaceId} and profile_id = any(${sql.param(ids)}::uuid[])
       group by profile_id
    ),
    seen as (
      select profile_id, min(first_at) as first_at, max(last_at) as last_at from said group by profile_id
    )
    update ${profiles} p set first_seen_at = s.first_at, last_seen_at = s.last_at
      from seen s
     where p.workspace_id = ${workspaceId} and p.id = s.profile_id
       and (p.first_seen_at, p.last_seen_at) is distinct from (s.first_at, s.last_at)`);
}

/** Profiles that joined another, and where their old ids lead from now on, the ids joined to them before too. */
export async function retireProfiles(
  db: Db,
  workspaceId: string,
  rows: { id: string; into: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const g = sql`unnest(${sql.param(rows.map(({ id }) => id))}::uuid[], ${sql.param(rows.map(({ into }) => into))}::uuid[]) as g (id, into_id)`;
  await db.execute(sql`
    update ${profiles} p set merged_into = g.into_id from ${g}
     where p.workspace_id = ${workspaceId} and p.id = g.id and p.merged_into is distinct from g.into_id`);
  await db.execute(sql`
    update ${profileAliases} a set profile_id = g.into_id from ${g}
     where a.workspace_id = ${workspaceId} and a.profile_id = g.id`);
  await db.execute(sql`
    insert into ${profileAliases} as a (workspace_id, alias_id, profile_id)
    select ${workspaceId}::uuid, g.id, g.into_id from ${g}
        on conflict (workspace_id, alias_id) do update set profile_id = excluded.profile_id
     where a.profile_id <> excluded.profile_id`);
}

/** Profiles that stand on their own again after a parting; returns those that had been joined to another. */
export async function reviveProfiles(db: Db, workspaceId: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const revived = await rowsOf<{ id: string }>(
    db,
    sql`update ${profiles} set merged_into = null
         where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[]) and merged_into is not null
        returning id`,
  );
  if (revived.length > 0) {
    await db.execute(sql`
      delete from ${profileAliases}
       where workspace_id = ${workspaceId} and alias_id = any(${sql.param(revived.map(({ id }) => id))}::uuid[])`);
  }
  return revived.map(({ id }) => id);
}

/** The profiles that had joined one of `parents` lead to the root named beside it; returns them with their root. */
export async function repointAliases(
  db: Db,
  workspaceId: string,
  parents: { id: string; root: string }[],
): Promise<{ id: string; root: string }[]> {
  return await rowsOf<{ id: string; root: string }>(
    db,
    sql`update ${profileAliases} a set profile_id = c.root
          from (select p.id, g.root
                  from unnest(${sql.param(parents.map(({ id }) => id))}::uuid[],
                              ${sql.param(parents.map(({ root }) => root))}::uuid[]) as g (parent, root)
                  join ${profiles} p on p.workspace_id = ${workspaceId} and p.merged_into = g.parent) c
         where a.workspace_id = ${workspaceId} and a.alias_id = c.id
        returning a.alias_id as id, a.profile_id as root`,
  );
}

/** A shared device is a profile of its own only once something stands on it. */
export async function findUnmadeProfiles(db: Db, workspaceId: string, ids: string[]): Promise<SeenProfile[]> {
  if (ids.length === 0) return [];
  const rows = await rowsOf<{ id: string; firstAt: string; lastAt: string }>(
    db,
    sql`select i.profile_id as id, min(i.first_seen_at) as "firstAt", max(i.last_seen_at) as "lastAt"
          from ${identifiers} i
          left join ${profiles} p on p.workspace_id = i.workspace_id and p.id = i.profile_id
         where i.workspace_id = ${workspaceId} and i.profile_id = any(${sql.param(ids)}::uuid[]) and p.id is null
         group by i.profile_id`,
  );
  return withTimes(rows, 'firstAt', 'lastAt');
}
