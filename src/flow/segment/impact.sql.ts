import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships } from '../../db/schema/segment.ts';
import { type Looking, openQuery } from './query.sql.ts';
import type { Node } from './rules/node.ts';
import { verdictSql } from './verdicts.sql.ts';

export const SIDES = ['entering', 'leaving', 'staying'] as const;
export type Side = { count: number; revenue: string; sample: string[] };
export type Moved = Record<(typeof SIDES)[number], Side> & { looked: number };

/** Whom a rule would bring into a segment, send away and keep, against its members as published. One pass. */
export async function measureMoves(db: Db, looking: Looking, node: Node, key: string): Promise<Moved> {
  const opened = openQuery(looking);
  const member = opened.query.join(sql`
    select m.profile_id from ${memberships} m
     where m.workspace_id = ${looking.workspaceId} and m.segment_key = ${key} and m.left_at is null
       ${opened.query.among(sql`m.profile_id`)}`);
  const rows = await rowsOf<{ side: string | null; count: string; revenue: string; sample: string[] }>(
    db,
    sql`
    with judged as materialized (
           select p.id, coalesce(${opened.query.facts}.net_revenue, 0) as revenue, ${verdictSql(looking, { key, definition: node }, opened.query)} as holds,
                  ${member}.profile_id is not null as was_in ${opened.from()} and p.workspace_id = ${looking.workspaceId}),
         sided as materialized (
           select j.id, j.revenue, case when j.holds and j.was_in then 'staying' when j.holds then 'entering'
                                        when j.was_in then 'leaving' end as side
             from judged j),
         counted as (select s.side, count(*) as count, sum(s.revenue)::text as revenue from sided s group by s.side)
    -- The ten of each are found without putting everyone in order.
    select c.side, c.count, c.revenue,
           array(select s.id from sided s where s.side = c.side order by s.revenue desc, s.id limit 10) as sample
      from counted c`,
  );
  const sideOf = (name: string): Side => {
    const row = rows.find(({ side }) => side === name);
    return { count: Number(row?.count ?? 0), revenue: row?.revenue ?? '0', sample: row?.sample ?? [] };
  };
  return {
    entering: sideOf('entering'),
    leaving: sideOf('leaving'),
    staying: sideOf('staying'),
    looked: rows.reduce((total, row) => total + Number(row.count), 0),
  };
}
