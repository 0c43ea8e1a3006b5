import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { facts } from '../../db/schema/score.ts';
import type { LifecycleLimits } from './lifecycle.ts';

/** Writes each person's cell (`2-at-risk`) as of a scoring, where it changed. Returns whose did. */
export async function writeLifecycle(
  db: Db,
  wish: { workspaceId: string; asOf: Date; limits: LifecycleLimits[] },
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    with cells as (
      select f.profile_id, (${cellCase(wish.limits, wish.asOf)}) as cell from ${facts} f where f.workspace_id = ${wish.workspaceId}
    )
    update ${facts} t set lifecycle = c.cell
      from cells c
     where t.workspace_id = ${wish.workspaceId} and t.profile_id = c.profile_id and t.lifecycle is distinct from c.cell
    returning t.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

function cellCase(limits: LifecycleLimits[], asOf: Date): SQL {
  const whens = limits.map(({ row, activeDays, atRiskDays }) => {
    const last = row === '0' ? sql`coalesce(f.signed_up_at, f.first_seen_at)` : sql`f.last_order_at`;
    const orders = row === '3plus' ? sql`f.orders >= 3` : sql`f.orders = ${Number(row)}`;
    const since = (days: number) => new Date(asOf.getTime() - days * 86_400_000);
    return sql`when ${orders} then case when ${last} > ${since(activeDays)}::timestamptz then ${`${row}-active`}::text
                                        when ${last} > ${since(atRiskDays)}::timestamptz then ${`${row}-at-risk`}::text
                                        else ${`${row}-churned`}::text end`;
  });
  return sql`case ${sql.join(whens, sql` `)} end`;
}
