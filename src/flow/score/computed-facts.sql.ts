import { type SQL, sql } from 'drizzle-orm';
import type { Workspace } from '../../db/doors.ts';
import { eventNames, events, profiles } from '../../db/schema/identify.ts';
import { taggedTouches } from './channels.sql.ts';
import { DONE_TO_PEOPLE } from './done-to-people.ts';
import { ordersOf } from './orders.sql.ts';

export type FactScope = {
  workspace: Pick<Workspace, 'id' | 'currency'>;
  /** Events after it do not count. */
  asOf: Date;
  /** null: everyone. */
  profileIds: string[] | null;
  /** Their ids as an array that the statement has already, where that is so. */
  people?: SQL | undefined;
};

/** One row a living person: a grouped pass for each kind of fact, joined. */
export function computedFacts(scope: FactScope): SQL {
  const { workspace, asOf } = scope;
  const ids = scope.people ?? (scope.profileIds && sql`${sql.param(scope.profileIds)}::uuid[]`);
  const people = ids ? sql`and e.profile_id = any(${ids})` : sql``;
  const seen = sql`e.workspace_id = ${workspace.id} and e.occurred_at <= ${asOf} ${people}`;
  const id = (name: string) =>
    sql`(select m.id from ${eventNames} m where m.workspace_id = ${workspace.id} and m.name = ${name})`;
  const doneTo = sql`array(select m.id from ${eventNames} m
    where m.workspace_id = ${workspace.id} and m.name = any(${sql.param(DONE_TO_PEOPLE)}::text[]))`;
  return sql`
    with money as (
      select o.profile_id,
             count(*) filter (where o.kind = 'order') as orders,
             coalesce(sum(o.value) filter (where o.kind = 'order'), 0) as gross,
             coalesce(sum(o.value) filter (where o.kind = 'refund'), 0) as refunded,
             min(o.occurred_at) filter (where o.kind = 'order') as first_at,
             max(o.occurred_at) filter (where o.kind = 'order') as last_at
        from (${ordersOf({ workspaceId: workspace.id, currency: workspace.currency, asOf, people, within: 'profile' })}) o
       group by o.profile_id
    ),
    -- a visit begins with a view that comes half an hour or more after the one before
    views as (
      select v.profile_id, count(*) filter (where v.name_id = ${id('page_viewed')}) as page_views,
             count(*) filter (where v.before is null or v.occurred_at - v.before >= interval '30 minutes') as sessions,
             min(v.occurred_at) as first_at, max(v.occurred_at) as last_at
        from (
          select e.profile_id, e.occurred_at, e.name_id,
                 lag(e.occurred_at) over (partition by e.profile_id order by e.occurred_at) as before
            from ${events} e where ${seen} and e.name_id = any(array[${id('page_viewed')}, ${id('screen_viewed')}])
        ) v
       group by v.profile_id
    ),
    acts as (
      select e.profile_id, min(e.occurred_at) as first_at,
             max(e.occurred_at) filter (where e.name_id <> all(${doneTo})) as last_at,
             count(*) filter (where e.name_id = ${id('email_sent')}) as emails_sent,
             count(*) filter (where e.name_id = ${id('email_opened')}) as emails_opened,
             count(*) filter (where e.name_id = ${id('email_clicked')}) as emails_clicked,
             max(e.occurred_at) filter (where e.name_id = ${id('email_opened')}) as last_opened_at,
             min(e.occurred_at) filter (where e.name_id = ${id('signed_up')}) as signed_up_at
        from ${events} e
       where ${seen}
       group by e.profile_id
    ),
    tagged as (${taggedTouches(workspace.id, seen)}),
    first_tagged as (
      select distinct on (t.profile_id) t.* from tagged t order by t.profile_id, t.occurred_at, t.id
    ),
    -- coming back by typing the address is no new channel
    last_tagged as (
      select distinct on (t.profile_id) t.* from tagged t
       order by t.profile_id, (t.channel <> 'direct') desc, t.occurred_at desc, t.id
    )
    select p.id as profile_id,
           coalesce(m.orders, 0) as orders,
           coalesce(m.gross - m.refunded, 0) as net_revenue,
           coalesce(m.gross, 0) as gross_revenue,
           case when m.orders > 0 then round((m.gross - m.refunded) / m.orders, 6) end as average_order,
           case when m.orders > 1
                then round(extract(epoch from m.last_at - m.first_at) / 86400 / (m.orders - 1), 6) end as order_gap_days,
           m.first_at as first_order_at, m.last_at as last_order_at,
           coalesce(v.sessions, 0) as sessions, coalesce(v.page_views, 0) as page_views,
           coalesce(a.emails_sent, 0) as emails_sent, coalesce(a.emails_opened, 0) as emails_opened,
           coalesce(a.emails_clicked, 0) as emails_clicked, a.last_opened_at, a.signed_up_at,
           ${firstSeen} as first_seen_at,
           greatest(a.last_at, case when ${firstSeen} <= ${asOf} then ${firstSeen} end) as last_seen_at,
           case when ${isFirstTagged} then ft.channel when v.first_at is not null then 'direct' end as first_channel,
           case when ${isLastTagged} then lt.channel when v.last_at is not null then 'direct' end as last_channel,
           case when ${isFirstTagged} then ft.campaign end as first_campaign,
           case when ${isLastTagged} then lt.campaign end as last_campaign
      from ${profiles} p
      left join money m on m.profile_id = p.id
      left join views v on v.profile_id = p.id
      left join acts a on a.profile_id = p.id
      left join first_tagged ft on ft.profile_id = p.id
      left join last_tagged lt on lt.profile_id = p.id
     where p.workspace_id = ${workspace.id} and p.merged_into is null and p.erased_at is null
       ${ids ? sql`and p.id = any(${ids})` : sql``}`;
}

/** They were seen when first told of, and from then on with each thing they did: what is said of them since is no act. */
const firstSeen = sql`least(a.first_at, p.first_seen_at)`;

/** Views without a tag are direct, and looked at by index alone; at one instant what says more counts. */
const isFirstTagged = sql`ft.occurred_at <= coalesce(v.first_at, ft.occurred_at)`;
const isLastTagged = sql`(lt.channel <> 'direct' or lt.occurred_at >= coalesce(v.last_at, lt.occurred_at))`;
