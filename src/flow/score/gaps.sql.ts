import { sql } from 'drizzle-orm';
import type { Workspace } from '../../db/doors.ts';
import { withoutLoops } from '../../db/planning.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { facts } from '../../db/schema/score.ts';
import type { GapFigures, LifecycleRow } from './lifecycle.ts';
import { ordersOf } from './orders.sql.ts';

const LONGEST_DAYS = 730;

/** Whole days, and how many gaps were that long. */
export type GapDays = [days: number, gaps: number][];

/**
 * The gaps between orders, by the row of the grid they belong to: signup to first order, first to second, second to
 * third, and all later ones together. Exact percentiles; days of 24 hours. `byDay`: the gaps by their whole days, for
 * the chart of them; what is longer than two years stands at the end.
 */
export async function measureGaps(
  db: Db,
  scope: { workspace: Pick<Workspace, 'id' | 'currency'>; asOf: Date },
): Promise<(GapFigures & { byDay: GapDays })[]> {
  const { workspace, asOf } = scope;
  const statement = sql`
    with orders as (
      select o.profile_id, o.occurred_at,
             row_number() over (partition by o.profile_id order by o.occurred_at, o.order_id) - 1 as nth,
             lag(o.occurred_at) over (partition by o.profile_id order by o.occurred_at, o.order_id) as before
        from (${ordersOf({ workspaceId: workspace.id, currency: workspace.currency, asOf, people: sql``, within: 'profile' })}) o
       where o.kind = 'order'
    ),
    gaps as (
      select least(o.nth, 3) as nth,
             extract(epoch from o.occurred_at - case when o.nth = 0 then f.signed_up_at else o.before end) / 86400 as days
        from orders o left join ${facts} f on f.workspace_id = ${workspace.id} and f.profile_id = o.profile_id
    ),
    by_day as (
      select nth, least(floor(days), ${LONGEST_DAYS})::int as day, count(*) as gaps
        from gaps where days >= 0
       group by 1, 2
    )
    select g.nth, count(*) as gaps, percentile_cont(0.4) within group (order by g.days) as p40,
           percentile_cont(0.8) within group (order by g.days) as p80, avg(g.days) as mean,
           (select jsonb_agg(jsonb_build_array(d.day, d.gaps) order by d.day) from by_day d where d.nth = g.nth) as by_day
      from gaps g where g.days >= 0
     group by g.nth`;
  const rows = await withoutLoops(
    db,
    async (tx) =>
      await rowsOf<{
        nth: string;
        gaps: string;
        p40: number;
        p80: number;
        mean: string;
        by_day: GapDays;
      }>(tx, statement),
  );
  return (['0', '1', '2', '3plus'] as LifecycleRow[]).map((row, nth) => {
    const found = rows.find((one) => Number(one.nth) === nth);
    if (!found) return { row, gaps: 0, p40: null, p80: null, mean: null, byDay: [] };
    return {
      row,
      gaps: Number(found.gaps),
      p40: Number(found.p40),
      p80: Number(found.p80),
      mean: Number(found.mean),
      byDay: found.by_day,
    };
  });
}
