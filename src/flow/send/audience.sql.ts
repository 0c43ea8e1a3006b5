import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { deliveries } from '../../db/schema/send.ts';
import { type Eligibility, judge, membersOf } from './eligibility.sql.ts';

export type ReasonCount = { reason: string | null; count: number };

/** Every message of a campaign that is sent once has this occasion. */
export const ONCE = 'once';

/**
 * The people of the segment with the reason each gets nothing, counted; the null reason is who would get it.
 * Of several people with one mailbox the first by id gets it; one of them who left the topic speaks for the mailbox.
 */
export async function countAudience(db: Db, wish: Eligibility, segmentKey: string): Promise<ReasonCount[]> {
  const rows = await rowsOf<{ reason: string | null; count: string }>(
    db,
    sql`select j.reason, count(*) as count from (${judgeTogether(wish, segmentKey)}) j group by j.reason`,
  );
  return rows.map((row) => ({ reason: row.reason, count: Number(row.count) }));
}

/**
 * Writes one delivery for every member, pending or skipped with its reason, in one statement. May run twice: who
 * has a row keeps it. The id is a hash of campaign and profile, so that it can be made where no row is read.
 */
export async function insertAudience(
  db: Db,
  wish: Eligibility,
  audience: { segmentKey: string; at: Date },
): Promise<ReasonCount[]> {
  const rows = await rowsOf<{ reason: string | null; count: string }>(
    db,
    sql`
      with judged as materialized (${judgeTogether(wish, audience.segmentKey)}),
      written as (
        insert into ${deliveries}
               (workspace_id, profile_id, campaign_id, occasion, id, status, reason, address, address_key, due_at)
        select ${wish.workspaceId}::uuid, j.profile_id, ${wish.campaignId}::uuid, ${ONCE},
               md5(${wish.campaignId}::text || '/' || j.profile_id::text)::uuid,
               case when j.reason is null then 'pending' else 'skipped' end, j.reason,
               j.address, j.address_key, ${audience.at.toISOString()}::timestamptz
          from judged j
            on conflict (workspace_id, profile_id, campaign_id, occasion) do nothing
        returning profile_id, reason
      )
      select w.reason, count(*) as count from written w group by w.reason`,
  );
  return rows.map((row) => ({ reason: row.reason, count: Number(row.count) }));
}

/** A page of the members with one reason (null: who will get it), by profile id. For a draft; later deliveries say it. */
export async function selectAudience(
  db: Db,
  wish: Eligibility,
  page: { segmentKey: string; reason: string | null; after: string; limit: number },
): Promise<{ profile_id: string; name: string | null; email: string | null }[]> {
  return await rowsOf(
    db,
    sql`select j.profile_id, t.name, t.email
          from (${judgeTogether(wish, page.segmentKey)}) j
          left join ${profileTraits} t on t.workspace_id = ${wish.workspaceId} and t.profile_id = j.profile_id
         where j.reason is not distinct from ${page.reason}::text and j.profile_id > ${page.after}::uuid
         order by j.profile_id limit ${page.limit}`,
  );
}

/** What only the whole audience can say, on top of the judgement of each person. */
function judgeTogether(wish: Eligibility, segmentKey: string): SQL {
  return sql`
    select profile_id, address, address_key,
           case when reason is not null then reason
                when is_left then 'unsubscribed'
                when row_number() over (partition by address_key, reason is null and not is_left order by profile_id) > 1
                then 'same address'
           end as reason
      from (select e.*, coalesce(bool_or(e.reason = 'unsubscribed') over (partition by e.address_key), false) as is_left
              from (${judge(wish, membersOf(wish.workspaceId, segmentKey))}) e) g`;
}
