import { type SQL, sql } from 'drizzle-orm';
import { withoutLoops } from '../db/planning.ts';
import { type Db, rowsOf } from '../db/pool.ts';
import { profiles } from '../db/schema/identify.ts';
import { consents, profileTraits } from '../db/schema/profile.ts';
import { memberships } from '../db/schema/segment.ts';
import { ordersOf } from '../flow/score/orders.sql.ts';
import { accountOf } from './accounts.sql.ts';

/** Who was looked at on a day (`cohort`: rows of profile_id), and the stretch in which they are followed. */
export type Following = {
  workspaceId: string;
  currency: string;
  segmentKey: string;
  cohort: SQL;
  from: Date;
  to: Date;
};

export type Followed = {
  people: number;
  inNow: number;
  buyers: number;
  orders: number;
  net: string;
  unsubscribed: number;
  left: number;
};

/**
 * What the cohort did in the stretch, and beside it everyone else who was known by its beginning. One pass over the
 * living, joined with the stretch's slices of orders and consents by index.
 */
export async function followCohort(
  db: Db,
  following: Following,
): Promise<{ cohort: Followed; others: Followed }> {
  const { workspaceId, from } = following;
  const statement = sql`
    with cohort as materialized (${following.cohort}),
    orders as materialized (${spentBy(following, sql``)}),
    gone as materialized (${withdrawnIn(following)}),
    departed as materialized (${leftIn(following)}),
    present as materialized (${presentOf(following)})
    select c.profile_id is not null as inside, count(*) as people, count(n.profile_id) as in_now,
           count(*) filter (where o.orders > 0) as buyers, coalesce(sum(o.orders), 0) as orders,
           coalesce(sum(o.net), 0)::text as net, count(g.profile_id) as unsubscribed, count(d.profile_id) as "left"
      from ${profiles} p
      left join cohort c on c.profile_id = p.id
      left join orders o on o.profile_id = p.id
      left join gone g on g.profile_id = p.id
      left join departed d on d.profile_id = p.id
      left join present n on n.profile_id = p.id
     where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null
       and (c.profile_id is not null or p.first_seen_at <= ${from.toISOString()}::timestamptz)
     group by 1`;
  const rows = await withoutLoops(db, async (tx) => await rowsOf<FollowedRow>(tx, statement));
  return { cohort: readFollowed(rows, true), others: readFollowed(rows, false) };
}

export type FollowedPerson = {
  profileId: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  account: string | null;
  orders: number;
  net: string;
  isUnsubscribed: boolean;
  isInNow: boolean;
};

/** The cohort by profile, a page at a time, each with what they did. */
export async function listCohort(
  db: Db,
  following: Following,
  page: { after: string | null; limit: number },
): Promise<FollowedPerson[]> {
  const { workspaceId } = following;
  const after = page.after ? sql`where c.profile_id > ${page.after}::uuid` : sql``;
  const rows = await rowsOf<Omit<FollowedPerson, 'orders'> & { orders: string }>(
    db,
    sql`
    with page as materialized (
      select c.profile_id from (${following.cohort}) c ${after} order by c.profile_id limit ${page.limit}
    ),
    orders as materialized (${spentBy(following, sql`and e.profile_id in (select g.profile_id from page g)`)}),
    gone as materialized (${withdrawnIn(following)})
    select g.profile_id as "profileId", t.name, t.email, t.phone,
           ${accountOf(sql`p.workspace_id`, sql`p.id`)} as account, coalesce(o.orders, 0) as orders,
           coalesce(o.net, 0)::text as net, w.profile_id is not null as "isUnsubscribed",
           exists (select 1 from ${memberships} m
                    where m.workspace_id = ${workspaceId} and m.profile_id = g.profile_id
                      and m.segment_key = ${following.segmentKey} and m.left_at is null) as "isInNow"
      from page g
      join ${profiles} p on p.workspace_id = ${workspaceId} and p.id = g.profile_id
       and p.merged_into is null and p.erased_at is null
      left join ${profileTraits} t on t.workspace_id = ${workspaceId} and t.profile_id = g.profile_id
      left join orders o on o.profile_id = g.profile_id
      left join gone w on w.profile_id = g.profile_id
     order by g.profile_id`,
  );
  return rows.map((row) => ({ ...row, orders: Number(row.orders) }));
}

type FollowedRow = {
  inside: boolean;
  people: string;
  in_now: string;
  buyers: string;
  orders: string;
  net: string;
  unsubscribed: string;
  left: string;
};

function readFollowed(rows: FollowedRow[], inside: boolean): Followed {
  const row = rows.find((each) => each.inside === inside);
  return {
    people: Number(row?.people ?? 0),
    inNow: Number(row?.in_now ?? 0),
    buyers: Number(row?.buyers ?? 0),
    orders: Number(row?.orders ?? 0),
    net: row?.net ?? '0',
    unsubscribed: Number(row?.unsubscribed ?? 0),
    left: Number(row?.left ?? 0),
  };
}

/** Orders and net revenue of each person in the stretch. */
function spentBy({ workspaceId, currency, from, to }: Following, people: SQL): SQL {
  const scope = { workspaceId, currency, asOf: to, from, people, within: 'profile' as const };
  return sql`
    select o.profile_id, count(*) filter (where o.kind = 'order') as orders,
           sum(case when o.kind = 'order' then o.value else -o.value end) as net
      from (${ordersOf(scope)}) o group by o.profile_id`;
}

/** Who took back a consent to e-mail, of any topic. */
function withdrawnIn({ workspaceId, from, to }: Following): SQL {
  const at = sql`coalesce(c.decided_at, c.received_at)`;
  return sql`
    select distinct c.profile_id from ${consents} c
     where c.workspace_id = ${workspaceId} and c.channel = 'email' and c.state = 'withdrawn'
       and ${at} > ${from.toISOString()}::timestamptz and ${at} <= ${to.toISOString()}::timestamptz`;
}

function leftIn({ workspaceId, segmentKey, from, to }: Following): SQL {
  return sql`
    select distinct m.profile_id from ${memberships} m
     where m.workspace_id = ${workspaceId} and m.segment_key = ${segmentKey}
       and m.left_at > ${from.toISOString()}::timestamptz and m.left_at <= ${to.toISOString()}::timestamptz`;
}

function presentOf({ workspaceId, segmentKey }: Following): SQL {
  return sql`
    select m.profile_id from ${memberships} m
     where m.workspace_id = ${workspaceId} and m.segment_key = ${segmentKey} and m.left_at is null`;
}
