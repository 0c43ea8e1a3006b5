import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { identifiers } from '../../db/schema/identify.ts';
import { campaigns, deliveries } from '../../db/schema/send.ts';
import { type Eligibility, judge } from './eligibility.sql.ts';

export type Due = { campaign_id: string; profile_id: string };

export type Claimed = { profileId: string; deliveryId: string; address: string; addressKey: string };

/** Some deliveries that are due, of one campaign. A plain read: claiming decides. Served by deliveries_due. */
export async function selectDue(
  db: Db,
  workspaceId: string,
  page: { at: Date; limit: number },
): Promise<Due[]> {
  return await rowsOf<Due>(
    db,
    sql`
      with first as materialized (
        select d.campaign_id
          from ${deliveries} d
         where d.workspace_id = ${workspaceId} and d.status = 'pending' and d.due_at <= ${page.at.toISOString()}::timestamptz
           and d.campaign_id in (select c.id from ${campaigns} c where c.workspace_id = ${workspaceId} and c.status = 'sending')
         order by d.due_at, d.campaign_id limit 1
      )
      select d.campaign_id, d.profile_id
        from ${deliveries} d
       where d.workspace_id = ${workspaceId} and d.status = 'pending' and d.due_at <= ${page.at.toISOString()}::timestamptz
         and d.campaign_id in (select campaign_id from first)
       order by d.due_at, d.profile_id limit ${page.limit}`,
  );
}

/**
 * Claims deliveries for sending: whoever is not eligible at this very moment is not touched. The address is the
 * one the person has now. May run twice: what is claimed is no longer pending. Another delivery of the campaign
 * to the same mailbox, in whatever state it may have arrived, keeps this one back.
 */
export async function claimDeliveries(
  db: Db,
  wish: Eligibility,
  claim: { profileIds: string[]; at: Date },
): Promise<Claimed[]> {
  const ids = sql.param(claim.profileIds);
  const rows = await rowsOf<{ profile_id: string; id: string; address: string; address_key: string }>(
    db,
    sql`
      with judged as materialized (${judge(wish, sql`select unnest(${ids}::uuid[]) as profile_id`)}),
      taken as materialized (${takenAddresses(wish)}),
      eligible as materialized (
        select distinct on (j.address_key) j.profile_id, j.address, j.address_key
          from judged j
         where j.reason is null and j.address_key not in (select address_key from taken)
         order by j.address_key, j.profile_id
      )
      update ${deliveries} d
         set status = 'sending', reason = null, claimed_at = ${claim.at.toISOString()}::timestamptz,
             address = e.address, address_key = e.address_key
        from eligible e
       where d.workspace_id = ${wish.workspaceId} and d.campaign_id = ${wish.campaignId} and d.profile_id = e.profile_id
         and d.profile_id = any(${ids}::uuid[]) and d.status = 'pending'
      returning d.profile_id, d.id, d.address, d.address_key`,
  );
  return rows.map((row) => ({
    profileId: row.profile_id,
    deliveryId: row.id,
    address: row.address,
    addressKey: row.address_key,
  }));
}

/** What the claim left out is skipped, with the same judgement's reason. May run twice. Served by deliveries_address. */
export async function skipIneligible(db: Db, wish: Eligibility, profileIds: string[]): Promise<string[]> {
  const ids = sql.param(profileIds);
  const rows = await rowsOf<{ profile_id: string }>(
    db,
    sql`
      with judged as materialized (${judge(wish, sql`select unnest(${ids}::uuid[]) as profile_id`)}),
      taken as materialized (${takenAddresses(wish)}),
      skipped as materialized (
        select j.profile_id, coalesce(j.reason, 'same address') as reason
          from judged j where j.reason is not null or j.address_key in (select address_key from taken)
      )
      update ${deliveries} d
         set status = 'skipped', reason = j.reason
        from skipped j
       where d.workspace_id = ${wish.workspaceId} and d.campaign_id = ${wish.campaignId} and d.profile_id = j.profile_id
         and d.profile_id = any(${ids}::uuid[]) and d.status = 'pending'
      returning d.profile_id`,
  );
  return rows.map((row) => row.profile_id);
}

/** What a dead sender had in flight: it may have arrived, and no machine sends it again. May run twice. */
export async function giveUpInFlight(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`update ${deliveries} set status = 'unknown', reason = 'The sender ended before it heard the answer.'
         where workspace_id = ${workspaceId} and status = 'sending' returning id`,
  );
  return rows.map((row) => row.id);
}

/** An identifier each person is known by, so that what a message learns finds them; the address itself first. */
export async function selectNames(
  db: Db,
  workspaceId: string,
  people: { profileId: string; matchForm: string | null }[],
): Promise<{ profile_id: string; kind: string; value: string }[]> {
  return await rowsOf(
    db,
    sql`select distinct on (i.profile_id) i.profile_id, i.kind, i.value
          from ${identifiers} i
         where i.workspace_id = ${workspaceId} and i.profile_id = any(${sql.param(people.map((p) => p.profileId))}::uuid[])
           and i.kind in ('email', 'user_id', 'phone', 'anonymous_id')
         order by i.profile_id, (i.kind = 'email' and i.value = any(${sql.param(people.map((p) => p.matchForm))}::text[])) desc,
                  case i.kind when 'user_id' then 1 when 'email' then 2 when 'phone' then 3 else 4 end, i.value`,
  );
}

/** Mailboxes among the judged that this campaign has gone to, or may have. */
function takenAddresses(wish: Eligibility): SQL {
  return sql`
    select o.address_key
      from ${deliveries} o
     where o.workspace_id = ${wish.workspaceId} and o.campaign_id = ${wish.campaignId} and o.address_key is not null
       and o.status in ('sending', 'sent', 'unknown') and o.address_key in (select address_key from judged)`;
}
