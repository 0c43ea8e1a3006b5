import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { memberships } from '../../db/schema/segment.ts';
import { type Looking, openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import type { Node } from './rules/node.ts';

export type Shared = { key: string; shared: number; members: number; matching: number };

/** Of the people looked at: how many match the rule, are in each of these segments, and both. Served by memberships_present. */
export async function countShared(db: Db, looking: Looking, node: Node, keys: string[]): Promise<Shared[]> {
  const opened = openQuery(looking);
  const rows = await rowsOf<{ key: string; shared: string; members: string; matching: string }>(
    db,
    sql`
    with judged as materialized (select p.id, ${compile(node, opened.query)} as holds ${opened.from()}
                      and p.workspace_id = ${looking.workspaceId}),
         members as materialized (
           select m.profile_id, m.segment_key from ${memberships} m
            where m.workspace_id = ${looking.workspaceId} and m.left_at is null
              and m.segment_key = any(${sql.param(keys)}::text[]))
    select m.segment_key as key, count(*) as members, count(*) filter (where j.holds) as shared,
           (select count(*) from judged x where x.holds) as matching
      from members m join judged j on j.id = m.profile_id group by m.segment_key`,
  );
  return rows.map((row) => ({
    key: row.key,
    shared: Number(row.shared),
    members: Number(row.members),
    matching: Number(row.matching),
  }));
}
