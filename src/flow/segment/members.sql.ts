import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships } from '../../db/schema/segment.ts';
import { withTimes } from '../../db/times.ts';

export type Member = { profileId: string; enteredAt: Date; leftAt: Date | null };
export type MembersPage = {
  workspaceId: string;
  key: string;
  asOf: Date;
  after?: string | undefined;
  limit: number;
};

/** Who was in a segment at a moment, as published then, a page at a time by profile. */
export async function listMembers(db: Db, page: MembersPage): Promise<Member[]> {
  const at = sql`${page.asOf.toISOString()}::timestamptz`;
  const after = page.after ? sql`and m.profile_id > ${page.after}::uuid` : sql``;
  const rows = await rowsOf<{ profileId: string; enteredAt: string; leftAt: string | null }>(
    db,
    sql`select m.profile_id as "profileId", m.entered_at as "enteredAt", m.left_at as "leftAt"
          from ${memberships} m
         where m.workspace_id = ${page.workspaceId} and m.segment_key = ${page.key}
           and m.entered_at <= ${at} and (m.left_at is null or m.left_at > ${at}) ${after}
         order by m.profile_id limit ${page.limit}`,
  );
  return withTimes(rows, 'enteredAt', 'leftAt');
}
