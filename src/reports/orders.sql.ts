import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { ordersOf } from '../flow/score/orders.sql.ts';

export type DayMoney = { day: string; orders: number; net: number };

type Span = { workspaceId: string; zone: string; currency: string; from: Date; to: Date };

/** Orders and net revenue by local day, each order once in the whole workspace. A refund counts on its own day. */
export async function sumOrdersByDay(db: Db, span: Span): Promise<DayMoney[]> {
  const orders = ordersOf({
    ...span,
    asOf: new Date(span.to.getTime() - 1),
    people: sql``,
    within: 'workspace',
  });
  const rows = await rowsOf<{ day: string; orders: string; net: string }>(
    db,
    sql`
    select to_char(o.occurred_at at time zone ${span.zone}, 'YYYY-MM-DD') as day,
           count(distinct o.order_id) filter (where o.kind = 'order') as orders,
           sum(case when o.kind = 'order' then o.value else -o.value end) as net
      from (${orders}) o
     group by 1`,
  );
  return rows.map((row) => ({ day: row.day, orders: Number(row.orders), net: Number(row.net) }));
}
