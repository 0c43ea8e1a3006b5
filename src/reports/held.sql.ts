import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { quarantine, rawEvents } from '../db/schema/collect.ts';
import { spend } from '../db/schema/collect-aggregates.ts';
import { eventNames, events, records } from '../db/schema/identify.ts';
import type { Told, Window } from '../flow/collect/reconciling.ts';
import type { Unit, Wish } from '../flow/collect/reconciling-rows.ts';

type Owner = { workspaceId: string; sourceId: string };

/** Orders, refunds and mails of a slice of time; each event once, in its own money. */
const COUNTED = ['order_placed', 'order_refunded', 'email_sent'];

/** What we hold of a source, by UTC day of the vendor's own time, as a vendor would count it. */
export async function countHeld(db: Db, owner: Owner, window: Window): Promise<Told[]> {
  return [
    ...(await countEvents(db, owner, window)),
    ...(await countPeople(db, owner, window)),
    ...(await countSpend(db, owner, window)),
  ];
}

async function countEvents(db: Db, owner: Owner, window: Window): Promise<Told[]> {
  return await rowsOf<Told>(
    db,
    sql`
      with held as materialized (
        select to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, n.name, coalesce(e.currency, '') as currency,
               count(*) as rows, coalesce(sum(e.value), 0) as value
          from ${events} e join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
         where e.workspace_id = ${owner.workspaceId} and e.source_id = ${owner.sourceId}
           and n.name = any(${sql.param(COUNTED)}::text[])
           and e.occurred_at >= ${window.from.toISOString()}::timestamptz and e.occurred_at < ${window.to.toISOString()}::timestamptz
         group by 1, 2, 3
      )
      select null as stream, 'orders' as figure, h.day, '' as currency, sum(h.rows)::text as value
        from held h where h.name = 'order_placed' group by h.day
      union all
      select null, 'sent', h.day, '', sum(h.rows)::text from held h where h.name = 'email_sent' group by h.day
      union all
      select null, 'refunds', h.day, h.currency, sum(h.value)::text
        from held h where h.name = 'order_refunded' group by h.day, h.currency
      union all
      select null, 'net_revenue', h.day, h.currency,
             sum(case h.name when 'order_placed' then h.value else -h.value end)::text
        from held h where h.name in ('order_placed', 'order_refunded') group by h.day, h.currency`,
  );
}

/** By day where the vendor says when somebody came to be; as a state, everybody that it still has. */
async function countPeople(db: Db, owner: Owner, window: Window): Promise<Told[]> {
  return await rowsOf<Told>(
    db,
    sql`
      with held as materialized (
        select r.stream, r.made_at, r.is_subscribed from ${records} r
         where r.workspace_id = ${owner.workspaceId} and r.source_id = ${owner.sourceId} and not r.is_gone
           and r.profile_id is not null
      )
      select h.stream, 'people' as figure, to_char(h.made_at at time zone 'UTC', 'YYYY-MM-DD') as day, '' as currency,
             count(*)::text as value
        from held h
       where h.made_at >= ${window.from.toISOString()}::timestamptz and h.made_at < ${window.to.toISOString()}::timestamptz
       group by h.stream, 3
      union all
      select h.stream, 'people', '', '', count(*)::text from held h group by h.stream
      union all
      select h.stream, 'subscribers', '', '', count(*) filter (where h.is_subscribed)::text from held h group by h.stream`,
  );
}

async function countSpend(db: Db, owner: Owner, window: Window): Promise<Told[]> {
  return await rowsOf<Told>(
    db,
    sql`
      select null as stream, 'spend' as figure, to_char(s.day, 'YYYY-MM-DD') as day, s.currency, sum(s.cost)::text as value
        from ${spend} s
       where s.workspace_id = ${owner.workspaceId} and s.source_id = ${owner.sourceId}
         and s.day >= ${window.from.toISOString().slice(0, 10)}::date and s.day < ${window.to.toISOString()}::timestamptz
       group by s.day, s.currency`,
  );
}

/** The same of one figure and day, record by record. */
export async function listHeld(
  db: Db,
  owner: Owner,
  wish: Wish & { window: Window; most: number },
): Promise<Unit[]> {
  const { figure } = wish;
  const rows =
    figure === 'people' || figure === 'subscribers'
      ? peopleOf(owner, wish)
      : figure === 'spend'
        ? spendOf(owner, wish)
        : eventsOf(owner, wish);
  return await rowsOf<Unit>(db, sql`select h.* from (${rows}) h order by h.key limit ${wish.most}`);
}

function peopleOf(owner: Owner, { figure, stream, day, window }: Wish & { window: Window }): SQL {
  const when =
    day === ''
      ? sql`true`
      : sql`r.made_at >= ${window.from.toISOString()}::timestamptz and r.made_at < ${window.to.toISOString()}::timestamptz`;
  return sql`
    select r.subject::text as key, r.subject, null as "externalId", '1' as value, '' as currency from ${records} r
     where r.workspace_id = ${owner.workspaceId} and r.source_id = ${owner.sourceId} and r.stream = ${stream}
       and not r.is_gone and r.profile_id is not null and ${when}
       and (${figure} = 'people' or r.is_subscribed)`;
}

function spendOf(owner: Owner, { day, currency }: Wish): SQL {
  return sql`
    select s.campaign_id as key, null::uuid as subject, s.campaign as "externalId", s.cost::text as value, s.currency
      from ${spend} s
     where s.workspace_id = ${owner.workspaceId} and s.source_id = ${owner.sourceId}
       and s.day = ${day}::date and s.currency = ${currency}`;
}

const NAMES: Partial<Record<Wish['figure'], string[]>> = {
  orders: ['order_placed'],
  net_revenue: ['order_placed', 'order_refunded'],
  refunds: ['order_refunded'],
  sent: ['email_sent'],
};

function eventsOf(owner: Owner, { figure, currency, window }: Wish & { window: Window }): SQL {
  const isMoney = figure === 'net_revenue' || figure === 'refunds';
  const value = isMoney
    ? sql`(case when n.name = 'order_refunded' and ${figure} = 'net_revenue' then -e.value else e.value end)::text`
    : sql`'1'`;
  return sql`
    select e.id::text as key, e.subject, null as "externalId", ${value} as value, coalesce(e.currency, '') as currency
      from ${events} e join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
     where e.workspace_id = ${owner.workspaceId} and e.source_id = ${owner.sourceId}
       and n.name = any(${sql.param(NAMES[figure] ?? [])}::text[])
       and e.occurred_at >= ${window.from.toISOString()}::timestamptz and e.occurred_at < ${window.to.toISOString()}::timestamptz
       and (not ${isMoney}::boolean or coalesce(e.currency, '') = ${currency})`;
}

/** What the vendor calls some things, and why one was set aside; indexes raw_events_subject and quarantine_source. */
export async function nameSubjects(
  db: Db,
  owner: Owner,
  subjects: string[],
): Promise<Map<string, { externalId: string | null; reason: string | null }>> {
  const rows = await rowsOf<{ subject: string; externalId: string | null; reason: string | null }>(
    db,
    sql`
      select g.subject,
             (select r.external_id from ${rawEvents} r
               where r.workspace_id = ${owner.workspaceId} and r.subject = g.subject limit 1) as "externalId",
             (select q.reason from ${quarantine} q
               where q.workspace_id = ${owner.workspaceId} and q.source_id = ${owner.sourceId} and q.subject = g.subject
               order by q.received_at desc limit 1) as reason
        from unnest(${sql.param(subjects)}::uuid[]) as g (subject)`,
  );
  return new Map(rows.map(({ subject, ...rest }) => [subject, rest]));
}
