import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileAliases } from '../../db/schema/identify.ts';
import { memberships, pins, segments } from '../../db/schema/segment.ts';
import { withTimes } from '../../db/times.ts';

/**
 * Compares every pin of a computed segment with who is in, and keeps since when one is broken. Who was joined to
 * another is looked for where they are now. Cost follows the number of pins; twice changes nothing.
 */
export async function checkPins(db: Db, workspaceId: string, asOf: Date): Promise<void> {
  await db.execute(sql`
    update ${pins} p
       set broken_at = case when v.is_broken then ${asOf.toISOString()}::timestamptz end
      from (select i.profile_id, i.segment_key, (m.profile_id is not null) <> (i.expected = 'in') as is_broken
              from ${pins} i
              join ${segments} s on s.workspace_id = i.workspace_id and s.key = i.segment_key
               and s.removed_at is null and s.is_enabled and s.computed_version = s.version
              left join ${profileAliases} a on a.workspace_id = i.workspace_id and a.alias_id = i.profile_id
              left join ${memberships} m on m.workspace_id = i.workspace_id
               and m.profile_id = coalesce(a.profile_id, i.profile_id) and m.segment_key = i.segment_key
               and m.left_at is null
             where i.workspace_id = ${workspaceId}) v
     where p.workspace_id = ${workspaceId} and p.profile_id = v.profile_id and p.segment_key = v.segment_key
       and (p.broken_at is not null) <> v.is_broken`);
}

export type Pin = {
  /** The profile it was said of, and who that is now. */
  profileId: string;
  ownerId: string;
  segmentKey: string;
  expected: 'in' | 'out';
  note: string | null;
  createdBy: string | null;
  createdAt: Date;
  brokenAt: Date | null;
};

/** The pins of a segment, the broken ones first, at most 500; or of a person over all segments. */
export async function listPins(
  db: Db,
  wish: { workspaceId: string; segmentKey?: string; profileId?: string },
): Promise<Pin[]> {
  const ofSegment = wish.segmentKey ? sql`and i.segment_key = ${wish.segmentKey}` : sql``;
  const ofPerson = wish.profileId
    ? sql`and coalesce(a.profile_id, i.profile_id) = ${wish.profileId}::uuid`
    : sql``;
  const rows = await rowsOf<
    Omit<Pin, 'createdAt' | 'brokenAt'> & { createdAt: string; brokenAt: string | null }
  >(
    db,
    sql`select i.profile_id as "profileId", coalesce(a.profile_id, i.profile_id) as "ownerId",
               i.segment_key as "segmentKey", i.expected, i.note, i.created_by as "createdBy",
               i.created_at as "createdAt", i.broken_at as "brokenAt"
          from ${pins} i
          left join ${profileAliases} a on a.workspace_id = i.workspace_id and a.alias_id = i.profile_id
         where i.workspace_id = ${wish.workspaceId} ${ofSegment} ${ofPerson}
         order by i.broken_at nulls last, i.created_at desc, i.profile_id
         limit 500`,
  );
  return withTimes(rows, 'createdAt', 'brokenAt');
}

/** How many pins are broken, by segment that still stands. What was found by another rule says nothing of this one. */
export async function countBrokenPins(
  db: Db,
  workspaceId: string,
): Promise<{ key: string; name: string; broken: number }[]> {
  const rows = await rowsOf<{ key: string; name: string; broken: string }>(
    db,
    sql`select s.key, s.name, count(*) as broken
          from ${pins} i join ${segments} s on s.workspace_id = i.workspace_id and s.key = i.segment_key
         where i.workspace_id = ${workspaceId} and i.broken_at is not null and s.removed_at is null and s.is_enabled
           and s.computed_version = s.version
         group by s.key, s.name order by s.name`,
  );
  return rows.map((row) => ({ ...row, broken: Number(row.broken) }));
}
