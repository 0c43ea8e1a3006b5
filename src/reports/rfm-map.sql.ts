import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { facts } from '../db/schema/score.ts';

export type RfmCell = { r: number; f: number; m: number; group: string; people: number; revenue: string };

/** Buyers and their net revenue by the three scores: at most 125 rows, read in one pass over the facts. */
export async function readRfmCells(db: Db, workspaceId: string): Promise<RfmCell[]> {
  const rows = await rowsOf<{
    r: number;
    f: number;
    m: number;
    group: string;
    people: string;
    revenue: string;
  }>(
    db,
    sql`
    select t.rfm_r as r, t.rfm_f as f, t.rfm_m as m, t.rfm_group as group, count(*) as people,
           sum(t.net_revenue)::text as revenue
      from ${facts} t
     where t.workspace_id = ${workspaceId} and t.rfm_group is not null
     group by t.rfm_r, t.rfm_f, t.rfm_m, t.rfm_group`,
  );
  return rows.map((row) => ({ ...row, people: Number(row.people) }));
}

export type GroupBefore = { group: string; before: string; people: number };

/** Whom the scorings moved: the group that people were in before their present one. */
export async function readGroupsBefore(db: Db, workspaceId: string): Promise<GroupBefore[]> {
  const rows = await rowsOf<{ group: string; before: string; people: string }>(
    db,
    sql`
    select t.rfm_group as group, t.rfm_group_before as before, count(*) as people
      from ${facts} t
     where t.workspace_id = ${workspaceId} and t.rfm_group is not null and t.rfm_group_before is not null
       and t.rfm_group_before <> t.rfm_group
     group by 1, 2 order by count(*) desc, 1, 2`,
  );
  return rows.map((row) => ({ ...row, people: Number(row.people) }));
}
