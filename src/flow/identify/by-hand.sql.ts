import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { links, partings, profileAliases, profiles } from '../../db/schema/identify.ts';
import type { Parting } from './component.ts';
import { identifierOf } from './kinds.ts';

/** Where the ids that led to a person came from: each former id and the profile it joined. */
export async function loadFormerIds(db: Db, workspaceId: string, profileId: string) {
  return await rowsOf<{ id: string; mergedInto: string | null }>(
    db,
    sql`select p.id, p.merged_into as "mergedInto"
          from ${profileAliases} a
          join ${profiles} p on p.workspace_id = a.workspace_id and p.id = a.alias_id
         where a.workspace_id = ${workspaceId} and a.profile_id = ${profileId}`,
  );
}

/** A colleague says that two identifiers are not one person. Said twice it is said once. */
export async function insertPartings(
  db: Db,
  workspaceId: string,
  pairs: Parting[],
  by: { userId: string; at: Date },
): Promise<void> {
  await db.execute(sql`
    insert into ${partings} (workspace_id, kind, value, other_kind, other_value, user_id, created_at)
    select ${workspaceId}::uuid, g.kind, g.value, g."otherKind", g."otherValue", ${by.userId}::uuid,
           ${by.at.toISOString()}::timestamptz
      from ${asRows(pairs)}
        on conflict do nothing`);
}

/** A colleague says that they are one after all. */
export async function deletePartings(db: Db, workspaceId: string, pairs: Parting[]): Promise<void> {
  await db.execute(sql`
    delete from ${partings} p using ${asRows(pairs)}
     where p.workspace_id = ${workspaceId} and p.kind = g.kind and p.value = g.value
       and p.other_kind = g."otherKind" and p.other_value = g."otherValue"`);
}

/** Takes a colleague's word back: links that only they had made go, others stay as what was seen. */
export async function withdrawLinks(db: Db, workspaceId: string, pairs: Parting[]): Promise<void> {
  const rows = asRows(bothWays(pairs));
  const isPair = sql`l.workspace_id = ${workspaceId} and l.kind = g.kind and l.value = g.value
    and l.other_kind = g."otherKind" and l.other_value = g."otherValue" and l.by_user_id is not null`;
  await db.execute(sql`delete from ${links} l using ${rows} where ${isPair} and l.source_id is null`);
  await db.execute(sql`update ${links} l set by_user_id = null from ${rows} where ${isPair}`);
}

export function bothWays(pairs: Parting[]): Parting[] {
  return pairs.flatMap(({ a, b }) => [
    { a, b },
    { a: b, b: a },
  ]);
}

function asRows(pairs: Parting[]) {
  const rows = pairs.map(({ a, b }) => {
    const [one, other] = [identifierOf(a), identifierOf(b)];
    return { kind: one.kind, value: one.value, otherKind: other.kind, otherValue: other.value };
  });
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as g
    (kind text, value text, "otherKind" text, "otherValue" text)`;
}
