import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { links, partings } from '../../db/schema/identify.ts';
import type { Link, Parting, Refusal } from './component.ts';
import { type Identifier, type IdentifierKey, identifierOf, keyOf } from './kinds.ts';

export type StoredLink = Link & { sourceId: string | null; refused: Refusal | null };

type Row = {
  kind: string;
  value: string;
  otherKind: string;
  otherValue: string;
  firstAt: string;
  lastAt: string;
  byUserId: string | null;
  sourceId: string | null;
  refused: Refusal | null;
};

const columns = sql`l.kind, l.value, l.other_kind as "otherKind", l.other_value as "otherValue", l.first_at as "firstAt",
  l.last_at as "lastAt", l.by_user_id as "byUserId", l.source_id as "sourceId", l.refused`;

/** These very pairs, as they stand. Served by the primary key. */
export async function loadPairs(
  db: Db,
  workspaceId: string,
  pairs: Pick<Link, 'a' | 'b'>[],
): Promise<StoredLink[]> {
  if (pairs.length === 0) return [];
  const rows = await rowsOf<Row>(
    db,
    sql`select ${columns}
          from json_to_recordset(${JSON.stringify(pairs.map(toEnds))}::json) as g
               (kind text, value text, "otherKind" text, "otherValue" text)
          join ${links} l
            on l.workspace_id = ${workspaceId} and l.kind = g.kind and l.value = g.value
           and l.other_kind = g."otherKind" and l.other_value = g."otherValue"`,
  );
  return rows.map(toLink);
}

/**
 * Every link at these identifiers. Those of shared devices join nobody and may lead to everybody: they are followed
 * only where a person's word may change what is shared. Served by the primary key.
 */
export async function loadLinksAt(
  db: Db,
  workspaceId: string,
  at: Identifier[],
  devices: 'skip' | 'follow',
): Promise<StoredLink[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`select ${columns}
          from unnest(${sql.param(at.map(({ kind }) => kind))}::text[],
                      ${sql.param(at.map(({ value }) => value))}::text[]) as g (kind, value)
          join ${links} l on l.workspace_id = ${workspaceId} and l.kind = g.kind and l.value = g.value
         where ${devices} = 'follow' or l.refused is distinct from 'shared device'`,
  );
  return rows.map(toLink);
}

/** Which of these anonymous ids are known to be shared. Served by the primary key. */
export async function findSharedDevices(db: Db, workspaceId: string, values: string[]): Promise<Set<string>> {
  if (values.length === 0) return new Set();
  const rows = await rowsOf<{ value: string }>(
    db,
    sql`select distinct l.value from ${links} l
         where l.workspace_id = ${workspaceId} and l.kind = 'anonymous_id'
           and l.value = any(${sql.param(values)}::text[]) and l.refused = 'shared device'`,
  );
  return new Set(rows.map(({ value }) => value));
}

/** Writes links, a row each way. Times only ever widen, so it may run twice. */
export async function upsertLinks(db: Db, workspaceId: string, rows: StoredLink[]): Promise<void> {
  if (rows.length === 0) return;
  const bothWays = rows.flatMap((link) => [toRow(link), toRow({ ...link, a: link.b, b: link.a })]);
  await db.execute(sql`
    insert into ${links} as l
           (workspace_id, kind, value, other_kind, other_value, first_at, last_at, source_id, by_user_id, refused)
    select ${workspaceId}::uuid, g.kind, g.value, g."otherKind", g."otherValue", g."firstAt", g."lastAt", g."sourceId",
           g."byUserId", g.refused
      from json_to_recordset(${JSON.stringify(bothWays)}::json) as g
           (kind text, value text, "otherKind" text, "otherValue" text, "firstAt" timestamptz, "lastAt" timestamptz,
            "sourceId" uuid, "byUserId" uuid, refused text)
        on conflict (workspace_id, kind, value, other_kind, other_value) do update
       set first_at = least(l.first_at, excluded.first_at), last_at = greatest(l.last_at, excluded.last_at),
           by_user_id = coalesce(excluded.by_user_id, l.by_user_id), refused = excluded.refused
     where (l.first_at, l.last_at, l.by_user_id, l.refused) is distinct from
           (least(l.first_at, excluded.first_at), greatest(l.last_at, excluded.last_at),
            coalesce(excluded.by_user_id, l.by_user_id), excluded.refused)`);
}

/** Served by the primary key; there are few. */
export async function loadPartings(db: Db, workspaceId: string): Promise<Parting[]> {
  const rows = await rowsOf<{ kind: string; value: string; otherKind: string; otherValue: string }>(
    db,
    sql`select kind, value, other_kind as "otherKind", other_value as "otherValue" from ${partings}
         where workspace_id = ${workspaceId}`,
  );
  return rows.map((row) => ({ a: keyOf(row), b: keyOf({ kind: row.otherKind, value: row.otherValue }) }));
}

/** The two ends always in the same order, so that a pair is known by one text. */
export function pairOf(
  a: IdentifierKey,
  b: IdentifierKey,
): { a: IdentifierKey; b: IdentifierKey; pair: string } {
  const [first, second] = a < b ? [a, b] : [b, a];
  return { a: first, b: second, pair: `${first}\u0001${second}` };
}

function toEnds({ a, b }: Pick<Link, 'a' | 'b'>) {
  const [one, other] = [identifierOf(a), identifierOf(b)];
  return { kind: one.kind, value: one.value, otherKind: other.kind, otherValue: other.value };
}

function toRow(link: StoredLink) {
  const { firstAt, lastAt, sourceId, byUserId, refused } = link;
  return { ...toEnds(link), firstAt, lastAt, sourceId, byUserId, refused };
}

function toLink(row: Row): StoredLink {
  const { a, b } = pairOf(keyOf(row), keyOf({ kind: row.otherKind, value: row.otherValue }));
  const { byUserId, sourceId, refused } = row;
  return { a, b, firstAt: new Date(row.firstAt), lastAt: new Date(row.lastAt), byUserId, sourceId, refused };
}
