import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { refreshes, segments } from '../db/schema/segment.ts';

/** What a refresh did for one segment: how many people it looked at, and its share of the time. */
export type Cost = {
  key: string;
  name: string;
  mode: string;
  people: number;
  ms: number;
  entered: number;
  left: number;
  /** Why it is parked. */
  reason: string | null;
};
export type Costs = { all: number; rows: Cost[] };

/**
 * By refresh its costliest segments, parked ones first, and how many there were in all. Refreshes of before this was
 * kept have no figures. Cost follows the refreshes asked for.
 */
export async function listCosts(
  db: Db,
  workspaceId: string,
  wish: { ids: string[]; most: number },
): Promise<Map<string, Costs>> {
  const rows = await rowsOf<{ id: string; of: string } & Record<keyof Cost, string>>(
    db,
    sql`
    with each as (
      select f.id, c.cost ->> 'key' as key, c.cost ->> 'mode' as mode, c.cost ->> 'reason' as reason,
             coalesce((c.cost ->> 'people')::bigint, 0) as people, coalesce((c.cost ->> 'ms')::bigint, 0) as ms,
             coalesce((c.cost ->> 'entered')::bigint, 0) as entered, coalesce((c.cost ->> 'left')::bigint, 0) as left
        from ${refreshes} f cross join lateral jsonb_array_elements(f.segments) as c (cost)
       where f.workspace_id = ${workspaceId} and f.id = any(${sql.param(wish.ids)}::uuid[]) and f.status = 'succeeded'
    ),
    placed as (
      select e.*, count(*) over (partition by e.id) as of,
             row_number() over (partition by e.id order by e.mode = 'parked' desc, e.ms desc, e.people desc, e.key) as place
        from each e
    )
    select p.*, coalesce(s.name, p.key) as name
      from placed p left join ${segments} s on s.workspace_id = ${workspaceId} and s.key = p.key
     where p.place <= ${wish.most}
     order by p.id, p.place`,
  );
  const found = new Map<string, Costs>();
  for (const row of rows) {
    const costs = found.get(row.id) ?? { all: Number(row.of), rows: [] };
    costs.rows.push(costOf(row));
    found.set(row.id, costs);
  }
  return found;
}

function costOf(row: Record<keyof Cost, string>): Cost {
  const { key, name, mode } = row;
  return {
    key,
    name,
    mode,
    people: Number(row.people),
    ms: Number(row.ms),
    entered: Number(row.entered),
    left: Number(row.left),
    reason: row.reason,
  };
}
