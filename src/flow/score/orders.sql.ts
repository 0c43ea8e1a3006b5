import { type SQL, sql } from 'drizzle-orm';
import { sources } from '../../db/schema/collect.ts';
import { eventNames, events } from '../../db/schema/identify.ts';

/** Which events to count money in; `people`: a condition on the alias `e`, empty for everyone. */
export type OrderScope = {
  workspaceId: string;
  currency: string;
  /** Events after it do not count. */
  asOf: Date;
  from?: Date | undefined;
  people: SQL;
  /** What tells orders of one person (`profile`) or of everybody (`workspace`) apart. */
  within: 'profile' | 'workspace';
};

/**
 * A query of (profile_id, kind 'order' | 'refund', order_id, occurred_at, value): each order once, each refund once.
 * An order counts once however many sources tell of it: shop before billing before tracking before CSV. The lines of
 * one order in a CSV add up; another source that repeats an order repeats it. Money in another currency is left out.
 * Served by events_name (everyone) or events_person_name (some).
 */
export function ordersOf(scope: OrderScope): SQL {
  const person = scope.within === 'profile' ? sql`profile_id,` : sql``;
  return sql`
    select profile_id, kind, order_id, min(occurred_at) as occurred_at, sum(value) as value
      from (
        select *, row_number() over (partition by ${person} kind, order_id, refund_id, source_id order by occurred_at, id) as nth,
               first_value(source_id) over (partition by ${person} kind, order_id order by rank, occurred_at, id) as teller
          from (
            select e.profile_id, e.id, e.occurred_at, e.source_id, coalesce(e.value, 0) as value,
                   case n.name when 'order_placed' then 'order' else 'refund' end as kind,
                   ${orderId} as order_id,
                   case when n.name = 'order_placed' then '' else coalesce(nullif(e.properties ->> 'refund_id', ''), e.id::text) end as refund_id,
                   s.connector = 'csv' as adds_up,
                   case when s.connector in ('shopify', 'woocommerce') then 1 when s.connector = 'stripe' then 2
                        when s.connector = 'csv' then 4 else 3 end as rank
              from ${events} e
              join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
              join ${sources} s on s.workspace_id = e.workspace_id and s.id = e.source_id
             where e.workspace_id = ${scope.workspaceId}
               and e.name_id = any(array[${nameId(scope.workspaceId, 'order_placed')}, ${nameId(scope.workspaceId, 'order_refunded')}])
               and e.occurred_at <= ${scope.asOf} ${scope.from ? sql`and e.occurred_at >= ${scope.from}` : sql``}
               and s.orders_are_money and coalesce(e.currency, ${scope.currency}) = ${scope.currency} ${scope.people}
          ) told
      ) ranked
     where source_id = teller and (adds_up or nth = 1)
     group by profile_id, kind, order_id, case when kind = 'refund' then refund_id end`;
}

/** One id a subquery: of a list of unknown length the planner expects far too much. */
function nameId(workspaceId: string, name: string): SQL {
  return sql`(select m.id from ${eventNames} m where m.workspace_id = ${workspaceId} and m.name = ${name})`;
}

/** An order without a number of its own is known by its event. */
const orderId = sql`coalesce(nullif(e.properties ->> 'order_id', ''), nullif(e.properties ->> 'payment_id', ''), e.id::text)`;
