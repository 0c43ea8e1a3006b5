import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { identifiers } from '../../db/schema/identify.ts';
import { withTimes } from '../../db/times.ts';
import { type Identifier, type IdentifierKey, keyOf } from './kinds.ts';

type Raw<Row> = Omit<Row, 'firstAt' | 'lastAt'> & { firstAt: string; lastAt: string };

export type StoredIdentifier = Identifier & {
  profileId: string;
  homeId: string;
  firstAt: Date;
  lastAt: Date;
};

/** An identifier as it is to stand, with the profile it belongs to. */
export type PlacedIdentifier = StoredIdentifier & { given: string; sourceId: string | null };

/** Served by the primary key. */
export async function loadIdentifiers(
  db: Db,
  workspaceId: string,
  wanted: Identifier[],
): Promise<Map<IdentifierKey, StoredIdentifier>> {
  if (wanted.length === 0) return new Map();
  const rows = await rowsOf<Raw<StoredIdentifier>>(
    db,
    sql`select i.kind, i.value, i.profile_id as "profileId", i.home_id as "homeId",
               i.first_seen_at as "firstAt", i.last_seen_at as "lastAt"
          from unnest(${sql.param(wanted.map(({ kind }) => kind))}::text[],
                      ${sql.param(wanted.map(({ value }) => value))}::text[]) as g (kind, value)
          join ${identifiers} i
            on i.workspace_id = ${workspaceId} and i.kind = g.kind and i.value = g.value`,
  );
  return new Map(withTimes(rows, 'firstAt', 'lastAt').map((row) => [keyOf(row), row]));
}

/** Served by identifiers_profile. */
export async function loadIdentifiersOf(
  db: Db,
  workspaceId: string,
  profileIds: string[],
): Promise<PlacedIdentifier[]> {
  const rows = await rowsOf<Raw<PlacedIdentifier>>(
    db,
    sql`select kind, value, given, profile_id as "profileId", home_id as "homeId", source_id as "sourceId",
               first_seen_at as "firstAt", last_seen_at as "lastAt"
          from ${identifiers}
         where workspace_id = ${workspaceId} and profile_id = any(${sql.param(profileIds)}::uuid[])`,
  );
  return withTimes(rows, 'firstAt', 'lastAt');
}

/** Times only ever widen, so it may run twice; the words first given stay. */
export async function upsertIdentifiers(
  db: Db,
  workspaceId: string,
  rows: PlacedIdentifier[],
): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${identifiers} as i
           (workspace_id, kind, value, given, profile_id, home_id, source_id, first_seen_at, last_seen_at)
    select ${workspaceId}::uuid, g.kind, g.value, g.given, g."profileId", g."homeId", g."sourceId", g."firstAt", g."lastAt"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           (kind text, value text, given text, "profileId" uuid, "homeId" uuid, "sourceId" uuid,
            "firstAt" timestamptz, "lastAt" timestamptz)
        on conflict (workspace_id, kind, value) do update
       set profile_id = excluded.profile_id, home_id = excluded.home_id,
           first_seen_at = least(i.first_seen_at, excluded.first_seen_at),
           last_seen_at = greatest(i.last_seen_at, excluded.last_seen_at)
     where i.profile_id <> excluded.profile_id or i.home_id <> excluded.home_id
        or i.first_seen_at > excluded.first_seen_at or i.last_seen_at < excluded.last_seen_at`);
}

/** Seen again. Times only ever widen, so it may run twice. */
export async function widenIdentifiers(
  db: Db,
  workspaceId: string,
  rows: (Identifier & { firstAt: Date; lastAt: Date })[],
): Promise<void> {
  if (rows.length === 0) return;
  const column = (pick: (row: (typeof rows)[number]) => string) => sql.param(rows.map(pick));
  await db.execute(sql`
    update ${identifiers} i
       set first_seen_at = least(i.first_seen_at, g.first_at), last_seen_at = greatest(i.last_seen_at, g.last_at)
      from unnest(${column(({ kind }) => kind)}::text[], ${column(({ value }) => value)}::text[],
                  ${column(({ firstAt }) => firstAt.toISOString())}::timestamptz[],
                  ${column(({ lastAt }) => lastAt.toISOString())}::timestamptz[]) as g (kind, value, first_at, last_at)
     where i.workspace_id = ${workspaceId} and i.kind = g.kind and i.value = g.value`);
}
