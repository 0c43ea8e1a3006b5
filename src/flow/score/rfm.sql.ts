import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { facts } from '../../db/schema/score.ts';
import { RFM_GROUPS } from './rfm.ts';

/** Every buyer's quintiles: score = 1 + least(4, floor(5 * percent_rank)), so equal values get equal scores. */
const QUINTILES = (workspaceId: string): SQL => sql`
  select f.profile_id, f.last_order_at, f.orders, f.net_revenue,
         1 + least(4, floor(5 * percent_rank() over (order by f.last_order_at)))::int as r,
         1 + least(4, floor(5 * percent_rank() over (order by f.orders)))::int as f,
         1 + least(4, floor(5 * percent_rank() over (order by f.net_revenue)))::int as m
    from ${facts} f
   where f.workspace_id = ${workspaceId} and f.orders > 0`;

/** Writes scores and groups of all buyers where they changed; the group before is kept. Returns how many changed. */
export async function writeRfm(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    with scored as (select q.*, ${groupCase()} as grp from (${QUINTILES(workspaceId)}) q)
    update ${facts} t
       set rfm_r = s.r, rfm_f = s.f, rfm_m = s.m, rfm_group = s.grp,
           rfm_group_before = case when t.rfm_group is distinct from s.grp then t.rfm_group else t.rfm_group_before end
      from scored s
     where t.workspace_id = ${workspaceId} and t.profile_id = s.profile_id
       and (t.rfm_r, t.rfm_f, t.rfm_m, t.rfm_group) is distinct from (s.r, s.f, s.m, s.grp)
    returning t.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

/** Takes the scores away from who is no buyer (any more), or from everyone while there are too few buyers. */
export async function clearRfm(
  db: Db,
  wish: { workspaceId: string; everyone: 'everyone' | 'non-buyers' },
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    update ${facts} t set rfm_r = null, rfm_f = null, rfm_m = null, rfm_group_before = t.rfm_group, rfm_group = null
     where t.workspace_id = ${wish.workspaceId} and t.rfm_group is not null
       and (${wish.everyone === 'everyone'} or t.orders = 0)
    returning t.profile_id as id`,
  );
  return rows.map((row) => row.id);
}

export type CutPoints = { r: string[]; f: number[]; m: string[] };

/** The lowest value of each score from 2 to 5, kept so that a move between groups can be explained. */
export async function readCutPoints(db: Db, workspaceId: string): Promise<CutPoints> {
  const rows = await rowsOf<{ score: number; r: Date | null; f: string | null; m: string | null }>(
    db,
    sql`
    with q as (${QUINTILES(workspaceId)})
    select s.score, (select min(q.last_order_at) from q where q.r >= s.score) as r,
           (select min(q.orders) from q where q.f >= s.score) as f,
           (select min(q.net_revenue)::text from q where q.m >= s.score) as m
      from generate_series(2, 5) as s (score) order by s.score`,
  );
  return {
    r: rows.map((row) => (row.r ? new Date(row.r).toISOString() : '')),
    f: rows.map((row) => Number(row.f ?? 0)),
    m: rows.map((row) => row.m ?? ''),
  };
}

export async function countBuyers(db: Db, workspaceId: string): Promise<number> {
  const [row] = await rowsOf<{ buyers: string }>(
    db,
    sql`select count(*) as buyers from ${facts} f where f.workspace_id = ${workspaceId} and f.orders > 0`,
  );
  return Number(row?.buyers ?? 0);
}

/** The first group that matches, in the order of the list. */
function groupCase(): SQL {
  const whens = RFM_GROUPS.map(
    (g) =>
      sql`when q.r between ${g.r[0]} and ${g.r[1]} and q.f between ${g.f[0]} and ${g.f[1]} and q.m between ${g.m[0]} and ${g.m[1]} then ${g.key}::text`,
  );
  return sql`case ${sql.join(whens, sql` `)} end`;
}
