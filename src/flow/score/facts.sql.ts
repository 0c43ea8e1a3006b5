import { type SQL, sql } from 'drizzle-orm';
import type { Workspace } from '../../db/doors.ts';
import { byName, namedOnce, withoutLoops } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { eventNames, events, profiles } from '../../db/schema/identify.ts';
import { facts } from '../../db/schema/score.ts';
import { taggedTouches } from './channels.sql.ts';
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

/** How many rows changed, and how many more buyers there are. */
export type FactChanges = { rows: number; won: number };

/**
 * Computes the facts of some or all people from their events and writes those that differ. Scores (rfm_*, lifecycle,
 * predictions) are left as the last scoring wrote them. Twice is the same as once.
 */
export async function refreshFacts(db: Db, scope: FactScope): Promise<FactChanges> {
  const named = scope.profileIds && namedOnce([scope.profileIds]);
  const people = named?.people[0];
  const computed = sql`computed as (${computedFacts({ ...scope, people })})`;
  // The table as it was before the statement stands beside what the statement writes.
  const statement = sql`
    with ${named ? sql`${named.head}, ${computed}` : computed}, written as (${upsertStatement(scope)})
    select count(*) as rows, count(*) filter (where w.orders > 0) - count(*) filter (where f.orders > 0) as won,
           ${people ? sql`(select count(*) from computed)` : sql`null`} as living
      from written w left join ${facts} f on f.workspace_id = ${scope.workspace.id} and f.profile_id = w.profile_id
           ${people ? sql`and f.profile_id = any(${people})` : sql``}`;
  const [row] = await computing(
    db,
    scope,
    async (tx) => await rowsOf<{ rows: string; won: string; living: string | null }>(tx, statement),
  );
  const isNobodyGone = scope.profileIds?.length === Number(row?.living ?? -1);
  const lost = isNobodyGone ? 0 : await dropFactsOfTheGone(db, scope);
  return { rows: Number(row?.rows ?? 0), won: Number(row?.won ?? 0) - lost };
}

/** Facts that do not equal what the events say now: for `verify`. Ids of at most 100 people. */
export async function findWrongFacts(db: Db, scope: FactScope): Promise<string[]> {
  const rows = await computing(
    db,
    scope,
    async (tx) =>
      await rowsOf<{ id: string }>(
        tx,
        sql`with computed as (${computedFacts(scope)})
        select c.profile_id as id from computed c
          left join ${facts} f on f.workspace_id = ${scope.workspace.id} and f.profile_id = c.profile_id
         where f.profile_id is null or (${differs(sql`c`, sql`f`)})
         limit 100`,
      ),
  );
  return rows.map((row) => row.id);
}

async function computing<T>(db: Db, scope: FactScope, work: (db: Db) => Promise<T>): Promise<T> {
  return scope.profileIds ? await byName(db, work) : await withoutLoops(db, work);
}

/** The computed columns, spelt here once. */
const COLUMNS = [
  sql`orders`,
  sql`net_revenue`,
  sql`gross_revenue`,
  sql`average_order`,
  sql`order_gap_days`,
  sql`first_order_at`,
  sql`last_order_at`,
  sql`sessions`,
  sql`page_views`,
  sql`emails_sent`,
  sql`emails_opened`,
  sql`emails_clicked`,
  sql`last_opened_at`,
  sql`signed_up_at`,
  sql`first_seen_at`,
  sql`last_seen_at`,
  sql`first_channel`,
  sql`last_channel`,
  sql`first_campaign`,
  sql`last_campaign`,
];

const columnList = sql.join(COLUMNS, sql`, `);

function differs(a: SQL, b: SQL): SQL {
  const left = sql.join(
    COLUMNS.map((name) => sql`${a}.${name}`),
    sql`, `,
  );
  const right = sql.join(
    COLUMNS.map((name) => sql`${b}.${name}`),
    sql`, `,
  );
  return sql`row(${left}) is distinct from row(${right})`;
}

/** Of the rows that the statement around it has as `computed`. */
function upsertStatement(scope: FactScope): SQL {
  const sets = sql.join(
    COLUMNS.map((name) => sql`${name} = excluded.${name}`),
    sql`, `,
  );
  return sql`
    insert into ${facts} as f (workspace_id, profile_id, ${columnList}, updated_at)
    select ${scope.workspace.id}::uuid, c.profile_id, ${sql.join(
      COLUMNS.map((name) => sql`c.${name}`),
      sql`, `,
    )}, ${scope.asOf}::timestamptz
      from computed c
        on conflict (workspace_id, profile_id) do update set ${sets}, updated_at = excluded.updated_at
     where ${differs(sql`f`, sql`excluded`)}
    returning f.profile_id, f.orders`;
}

/** One row a living person: a grouped pass for each kind of fact, joined. */
export function computedFacts(scope: FactScope): SQL {
  const { workspace, asOf } = scope;
  const ids = scope.people ?? (scope.profileIds && sql`${sql.param(scope.profileIds)}::uuid[]`);
  const people = ids ? sql`and e.profile_id = any(${ids})` : sql``;
  const seen = sql`e.workspace_id = ${workspace.id} and e.occurred_at <= ${asOf} ${people}`;
  const id = (name: string) =>
    sql`(select m.id from ${eventNames} m where m.workspace_id = ${workspace.id} and m.name = ${name})`;
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
      select e.profile_id, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at,
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
           least(a.first_at, p.first_seen_at) as first_seen_at,
           greatest(a.last_at, case when p.last_seen_at <= ${asOf} then p.last_seen_at end) as last_seen_at,
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

/** Views without a tag are direct, and looked at by index alone; at one instant what says more counts. */
const isFirstTagged = sql`ft.occurred_at <= coalesce(v.first_at, ft.occurred_at)`;
const isLastTagged = sql`(lt.channel <> 'direct' or lt.occurred_at >= coalesce(v.last_at, lt.occurred_at))`;

/** A profile that joined another, or was erased, has no facts of its own. Gives how many of them were buyers. */
async function dropFactsOfTheGone(db: Db, scope: FactScope): Promise<number> {
  const among = (id: SQL) =>
    scope.profileIds ? sql`and ${id} = any(${sql.param(scope.profileIds)}::uuid[])` : sql``;
  const rows = await rowsOf<{ is_buyer: boolean }>(
    db,
    sql`
    delete from ${facts} f
     where f.workspace_id = ${scope.workspace.id}
       and f.profile_id in (select p.id from ${profiles} p where p.workspace_id = ${scope.workspace.id} ${among(sql`p.id`)}
                              and (p.merged_into is not null or p.erased_at is not null))
    returning f.orders > 0 as is_buyer`,
  );
  return rows.filter((row) => row.is_buyer).length;
}
