import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { type Looking, openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import type { Leaf, Node } from './rules/node.ts';

/** Counts a rule and each of its leaves in one pass, with the first ten people of the rule. */
export async function previewSql(
  db: Db,
  looking: Looking,
  node: Node,
  leaves: Leaf[],
): Promise<{ count: number; sample: string[]; leaves: number[] }> {
  const opened = openQuery(looking);
  const each = sql.join(
    [node, ...leaves].map((one) => compile(one, opened.query)),
    sql`, `,
  );
  const counts = sql.join(
    leaves.map((_, index) => sql`count(*) filter (where j.holds[${index + 2}::integer])`),
    sql`, `,
  );
  const [row] = await rowsOf<{ count: string; sample: string[] | null; leaves: string[] }>(
    db,
    sql`
    with judged as materialized (select p.id, array[${each}] as holds ${opened.from()}
                      and p.workspace_id = ${looking.workspaceId})
    select count(*) filter (where j.holds[1]) as count,
           array(select i.id from judged i where i.holds[1] order by i.id limit 10) as sample,
           array[${counts}]::bigint[] as leaves
      from judged j`,
  );
  return {
    count: Number(row?.count ?? 0),
    sample: row?.sample ?? [],
    leaves: (row?.leaves ?? []).map(Number),
  };
}
