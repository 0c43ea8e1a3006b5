import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profileAliases } from '../../db/schema/identify.ts';
import { deliveries } from '../../db/schema/send.ts';

export type Joined = { from: string; to: string };

/**
 * Of some profiles: every profile that was joined with one of them, and to whom it belongs now. Small queries by
 * the primary key and profile_aliases_profile.
 */
export async function selectJoined(db: Db, workspaceId: string, profileIds: string[]): Promise<Joined[]> {
  const ids = sql.param(profileIds);
  return await rowsOf<Joined>(
    db,
    sql`
      with owners as materialized (
        select profile_id from ${profileAliases} where workspace_id = ${workspaceId} and alias_id = any(${ids}::uuid[])
        union
        select unnest(${ids}::uuid[])
      )
      select a.alias_id as "from", a.profile_id as "to"
        from ${profileAliases} a
       where a.workspace_id = ${workspaceId} and a.profile_id in (select profile_id from owners)`,
  );
}

/**
 * Moves the deliveries of joined profiles to whom they belong to now. Where both have a row the one that is
 * further stays, so that nobody gets a campaign once under each name. May run twice: then there is nothing to move.
 * Served by the primary key.
 */
export async function moveDeliveries(db: Db, workspaceId: string, joined: Joined[]): Promise<string[]> {
  const moved = await rowsOf<{ profile_id: string }>(
    db,
    sql`
      with pairs as materialized (
        select * from unnest(${sql.param(joined.map((pair) => pair.from))}::uuid[],
                             ${sql.param(joined.map((pair) => pair.to))}::uuid[]) as p (from_id, to_id)
      ),
      taken as (
        delete from ${deliveries}
         where workspace_id = ${workspaceId} and profile_id = any(${sql.param(joined.map((pair) => pair.from))}::uuid[])
        returning *
      ),
      furthest as (
        select distinct on (p.to_id, t.campaign_id, t.occasion) p.to_id, t.*
          from taken t join pairs p on p.from_id = t.profile_id
         order by p.to_id, t.campaign_id, t.occasion, ${rankOf(sql`t`)} desc, t.id
      )
      insert into ${deliveries} as d
             (workspace_id, profile_id, campaign_id, occasion, id, status, reason, address, address_key, due_at,
              claimed_at, sent_at, message_id, subject, opened_at, clicked_at, unsubscribed_at, bounced_at)
      select workspace_id, to_id, campaign_id, occasion, id, status, reason, address, address_key, due_at,
             claimed_at, sent_at, message_id, subject, opened_at, clicked_at, unsubscribed_at, bounced_at
        from furthest
          on conflict (workspace_id, profile_id, campaign_id, occasion) do update
         set id = excluded.id, status = excluded.status, reason = excluded.reason, address = excluded.address,
             address_key = excluded.address_key, due_at = excluded.due_at, claimed_at = excluded.claimed_at,
             sent_at = excluded.sent_at, message_id = excluded.message_id, subject = excluded.subject,
             opened_at = excluded.opened_at, clicked_at = excluded.clicked_at,
             unsubscribed_at = excluded.unsubscribed_at, bounced_at = excluded.bounced_at
       where ${rankOf(sql`excluded`)} > ${rankOf(sql`d`)}
      returning profile_id`,
  );
  return moved.map((row) => row.profile_id);
}

/** Skipped because the other one with this address gets it is no decision: as one person they do get it. */
function rankOf(row: SQL): SQL {
  return sql`case ${row}.status when 'sent' then 6 when 'unknown' then 5 when 'sending' then 4 when 'failed' then 3
                  when 'pending' then 1 else case when ${row}.reason = 'same address' then 0 else 2 end end`;
}
