import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { eventNames } from '../../db/schema/identify.ts';
import { facts, predictions } from '../../db/schema/score.ts';

/** Figures of a business that its library segments are cut by; money as exact text, gaps in whole days. */
export async function readFigures(
  db: Db,
  workspaceId: string,
): Promise<{ highSpend: string; lowSpend: string; typicalGapDays: number }> {
  const [row] = await rowsOf<{ high: string | null; low: string | null; gap: string | null }>(
    db,
    sql`
    select (percentile_disc(0.8) within group (order by f.net_revenue))::text as high,
           round(percentile_disc(0.4) within group (order by f.average_order), 2)::text as low,
           ceil(percentile_disc(0.5) within group (order by f.order_gap_days))::text as gap
      from ${facts} f where f.workspace_id = ${workspaceId} and f.orders > 0`,
  );
  return {
    highSpend: row?.high ?? '0',
    lowSpend: row?.low ?? '0',
    typicalGapDays: Math.min(1000, Math.max(1, Number(row?.gap ?? 30))),
  };
}

/** Names of events that ever came: what a library segment may speak of. */
export async function readKnownEvents(db: Db, workspaceId: string): Promise<Set<string>> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`select n.name from ${eventNames} n where n.workspace_id = ${workspaceId}`,
  );
  return new Set(rows.map((row) => row.name));
}

/** Whether anybody's next orders were ever foretold. */
export async function hasPredictions(db: Db, workspaceId: string): Promise<boolean> {
  const [row] = await rowsOf<{ has: boolean }>(
    db,
    sql`select exists (select 1 from ${predictions} p where p.workspace_id = ${workspaceId}) as has`,
  );
  return row?.has ?? false;
}
