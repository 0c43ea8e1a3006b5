import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { sources } from '../db/schema/collect.ts';
import { eventNames, events } from '../db/schema/identify.ts';

export type DayMoney = { day: string; orders: number; net: number };

type Span = { workspaceId: string; zone: string; currency: string; from: Date; to: Date };

/**
 * Orders and net revenue by local day. An order counts once however many sources tell of it: shop before billing
 * before tracking before CSV. A refund counts on its own day. Other currencies are left out. Served by events_name.
 */
export async function sumOrdersByDay(db: Db, span: Span): Promise<DayMoney[]> {
  const rows = await rowsOf<{ day: string; orders: string; net: string }>(
    db,
    sql`
    with told as (
      select e.id, n.name, e.occurred_at, coalesce(e.value, 0) as value,
             coalesce(nullif(e.properties ->> 'order_id', ''), nullif(e.properties ->> 'payment_id', ''), e.id::text) as order_id,
             coalesce(e.properties ->> 'refund_id', '') as refund_id,
             case when s.connector in ('shopify', 'woocommerce') then 1 when s.connector = 'stripe' then 2
                  when s.connector = 'csv' then 4 else 3 end as rank
        from ${events} e
        join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
        join ${sources} s on s.workspace_id = e.workspace_id and s.id = e.source_id
       where e.workspace_id = ${span.workspaceId}
         and e.name_id in (select id from ${eventNames} m
                            where m.workspace_id = ${span.workspaceId} and m.name in ('order_placed', 'order_refunded'))
         and e.occurred_at >= ${span.from} and e.occurred_at < ${span.to}
         and s.orders_are_money and coalesce(e.currency, ${span.currency}) = ${span.currency}
    ),
    -- one source speaks for an order; its refunds may be several
    best as (
      select *, min(rank) over (partition by name, order_id) as best_rank from told
    ),
    counted as (
      select distinct on (name, order_id, case when name = 'order_placed' then '' else coalesce(nullif(refund_id, ''), id::text) end)
             name, occurred_at, value
        from best where rank = best_rank
       order by name, order_id, case when name = 'order_placed' then '' else coalesce(nullif(refund_id, ''), id::text) end, occurred_at
    )
    select to_char(occurred_at at time zone ${span.zone}, 'YYYY-MM-DD') as day,
           count(*) filter (where name = 'order_placed') as orders,
           sum(case when name = 'order_placed' then value else -value end) as net
      from counted group by 1`,
  );
  return rows.map((row) => ({ day: row.day, orders: Number(row.orders), net: Number(row.net) }));
}
