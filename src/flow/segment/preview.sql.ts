import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { profiles } from '../../db/schema/identify.ts';
import { isLeftOut } from './choices.sql.ts';
import { type Looking, openQuery } from './query.sql.ts';
import { compile } from './rules/compile.sql.ts';
import { groupKeyOf, type Leaf, leavesOf, type Node, nodesOf } from './rules/node.ts';

const SAMPLE_SEED = 8;

/**
 * What is counted beside the rule itself: each an expression over conditions that are evaluated once a person. `key`:
 * the segment whose rule it is to be, for the choices by hand in it.
 */
export type Asked = { node: Node; unset: { path: string; unset: Leaf }[]; key?: string | undefined };
export type Counted = {
  people: number;
  count: number;
  sample: string[];
  /** Every part of the rule: true of how many alone, and of how many together with those before it in an `all`. */
  steps: { path: string; alone: number; remaining: number | null }[];
  /** Would match but for having no value. */
  hidden: { path: string; count: number }[];
};

/** Counts a rule and all its parts in one pass over the people, with the first ten who match. */
export async function previewSql(db: Db, looking: Looking, asked: Asked): Promise<Counted> {
  const opened = openQuery(looking);
  const leaves = leavesOf(asked.node);
  const conditions = [...leaves.map(({ leaf }) => leaf), ...asked.unset.map(({ unset }) => unset)];
  const each = sql.join(
    conditions.map((one) => compile(one, opened.query)),
    sql`, `,
  );
  const places = new Map(leaves.map(({ path }, index) => [path, sql`j.holds[${index + 1}::integer]`]));
  const hidden = asked.unset.map(({ path }, index) =>
    hiddenSql(asked.node, places, path, sql`j.holds[${leaves.length + index + 1}::integer]`),
  );
  const steps = stepsOf(asked.node, []);
  const { key = '' } = asked;
  const leftOut = looking.chosen.has(key) ? isLeftOut(key, opened.query) : sql`null::boolean`;
  const whole = sql`coalesce(not j.is_left_out, ${combined(asked.node, [], places)})`;
  const figures = [
    sql`true`,
    whole,
    ...steps.map((step) => combined(step.node, step.path, places)),
    ...steps.map((step) => remainingSql(step, places)),
    ...hidden,
  ];
  const [row] = await rowsOf<{ figures: string[]; sample: string[] | null }>(
    db,
    sql`
    with judged as materialized (select p.id, ${leftOut} as is_left_out, array[${each}]::boolean[] as holds ${opened.from()}
                      and p.workspace_id = ${looking.workspaceId})
    select array[${sql.join(figures.map(countSql), sql`, `)}]::bigint[] as figures,
           array(select j.id from judged j where ${whole} order by j.id limit 10) as sample
      from judged j`,
  );
  return readFigures(row?.figures.map(Number) ?? [], row?.sample ?? [], steps, asked);
}

/**
 * Who is looked at instead of everyone: the same people each time, and not those a `bucket` rule would take. With the
 * hash that PostgreSQL has for ids: of md5 it takes ten times as long.
 */
export async function selectSample(
  db: Db,
  wish: { workspaceId: string; people: number; size: number },
): Promise<string[]> {
  const below = Math.floor((wish.size / wish.people) * 2 ** 32);
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select p.id from ${profiles} p
         where p.workspace_id = ${wish.workspaceId} and p.merged_into is null and p.erased_at is null
           and uuid_hash_extended(p.id, ${SAMPLE_SEED}::bigint) & 4294967295 < ${below}::bigint`,
  );
  return rows.map(({ id }) => id);
}

type Step = { node: Node; path: string[]; before: { node: Node; path: string[] }[] | null };

/** Every part but the root, with those before it where all have to hold. */
function stepsOf(node: Node, path: string[]): Step[] {
  const nodes = nodesOf(node) ?? [];
  const places = nodes.map((one, index) => ({ node: one, path: [...path, groupKeyOf(node), String(index)] }));
  return places.flatMap((place, index) => [
    { ...place, before: 'all' in node ? places.slice(0, index) : null },
    ...stepsOf(place.node, place.path),
  ]);
}

/** A rule tree over conditions evaluated before: `compile` says the same over the people themselves. */
function combined(node: Node, path: string[], places: Map<string, SQL>): SQL {
  const nodes = nodesOf(node);
  if (!nodes) return places.get(path.join('.'))!;
  const parts = nodes.map((one, index) => combined(one, [...path, groupKeyOf(node), String(index)], places));
  if ('atLeast' in node)
    return sql`(${sql.join(
      parts.map((one) => sql`${one}::integer`),
      sql` + `,
    )} >= ${node.atLeast})`;
  if ('all' in node) return parts.length ? sql`(${sql.join(parts, sql` and `)})` : sql`true`;
  const any = parts.length ? sql`(${sql.join(parts, sql` or `)})` : sql`false`;
  return 'none' in node ? sql`(not ${any})` : any;
}

function remainingSql(step: Step, places: Map<string, SQL>): SQL {
  if (!step.before) return sql`false`;
  const parts = [...step.before, step].map((one) => combined(one.node, one.path, places));
  return sql`(${sql.join(parts, sql` and `)})`;
}

/** Out of the rule as it is, in it if the one condition let in who has no value. */
function hiddenSql(node: Node, places: Map<string, SQL>, path: string, unset: SQL): SQL {
  const lenient = new Map(places).set(path, sql`(${places.get(path)!} or ${unset})`);
  return sql`(not ${combined(node, [], places)} and ${combined(node, [], lenient)})`;
}

function countSql(condition: SQL): SQL {
  return sql`count(*) filter (where ${condition})`;
}

function readFigures(figures: number[], sample: string[], steps: Step[], asked: Asked): Counted {
  const [people = 0, count = 0, ...rest] = figures;
  const alone = rest.slice(0, steps.length);
  const remaining = rest.slice(steps.length, steps.length * 2);
  const hidden = rest.slice(steps.length * 2);
  return {
    people,
    count,
    sample,
    steps: steps.map((step, index) => ({
      path: step.path.join('.'),
      alone: alone[index] ?? 0,
      remaining: step.before ? (remaining[index] ?? 0) : null,
    })),
    hidden: asked.unset.map(({ path }, index) => ({ path, count: hidden[index] ?? 0 })),
  };
}
