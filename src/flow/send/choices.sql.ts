import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { memberships, segments } from '../../db/schema/segment.ts';

export type SegmentChoice = {
  key: string;
  name: string;
  size: number | null;
  status: string;
  asOf: Date | null;
};

/** The segments a message can go to, by name. */
export async function selectSegments(db: Db, workspaceId: string): Promise<SegmentChoice[]> {
  const rows = await rowsOf<{
    key: string;
    name: string;
    size: string | null;
    status: string;
    as_of: string | null;
  }>(
    db,
    sql`select key, name, size, status, as_of from ${segments}
         where workspace_id = ${workspaceId} and removed_at is null and is_enabled order by lower(name), key limit 500`,
  );
  return rows.map((row) => ({
    key: row.key,
    name: row.name,
    status: row.status,
    size: row.size === null ? null : Number(row.size),
    asOf: row.as_of === null ? null : new Date(row.as_of),
  }));
}

/** A few members of a segment to look at a message as; `words` of name or address, empty for any. Served by memberships_present. */
export async function selectExamples(
  db: Db,
  workspaceId: string,
  wish: { segmentKey: string; words: string; limit: number },
): Promise<{ profile_id: string; name: string | null; email: string | null }[]> {
  const words = `%${wish.words.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return await rowsOf(
    db,
    sql`select m.profile_id, t.name, t.email
          from ${memberships} m
          join ${profileTraits} t on t.workspace_id = m.workspace_id and t.profile_id = m.profile_id and t.email is not null
         where m.workspace_id = ${workspaceId} and m.segment_key = ${wish.segmentKey} and m.left_at is null
           and ${wish.words === '' ? sql`true` : sql`lower(coalesce(t.name, '') || ' ' || t.email) like ${words}`}
         order by m.entered_at desc, m.profile_id desc limit ${wish.limit}`,
  );
}
