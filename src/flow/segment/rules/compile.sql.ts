import { type SQL, sql } from 'drizzle-orm';
import type { Query } from './kind.ts';
import { kindOf, type Leaf, type Node, nodesOf } from './node.ts';

/** A rule tree as one boolean expression, never null, over the person of the query. */
export function compile(node: Node, query: Query): SQL {
  const nodes = nodesOf(node)?.map((each) => compile(each, query));
  if (!nodes) return kindOf(node as Leaf).compile(node as Leaf, query);
  if ('atLeast' in node) return sql`(${sum(nodes)} >= ${node.atLeast})`;
  if ('all' in node) return nodes.length ? sql`(${sql.join(nodes, sql` and `)})` : sql`true`;
  const any = nodes.length ? sql`(${sql.join(nodes, sql` or `)})` : sql`false`;
  return 'none' in node ? sql`(not ${any})` : any;
}

function sum(nodes: SQL[]): SQL {
  return sql.join(
    nodes.map((each) => sql`${each}::integer`),
    sql` + `,
  );
}
