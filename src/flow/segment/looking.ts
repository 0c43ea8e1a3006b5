import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { findDuePeople } from './due.sql.ts';
import type { Knowledge } from './known.ts';
import { segmentsNamedIn } from './layers.ts';
import { isGreatPart } from './living.sql.ts';
import type { Edge, Span } from './rules/kind.ts';
import { kindOf, leavesOf, type Node } from './rules/node.ts';
import { listStagedPeople } from './staged.sql.ts';

export type Watched = { key: string; node: Node };
/** Segments that are looked at for the same people. */
export type Group<S> = { segments: S[]; people: string[] };
export type Stretch = { workspace: Workspace; refreshId: string; before: Date | null; asOf: Date };

/** By segment the people whom time alone may move in it; segments with the same edges share one list. */
export async function findDue(
  db: Db,
  { workspace, before, asOf }: Stretch,
  segments: Watched[],
  knowledge: Knowledge,
): Promise<Map<string, string[]>> {
  if (!before || before.getTime() === asOf.getTime()) return new Map();
  const zone = workspace.timezone;
  const span = { before: { asOf: before, zone }, after: { asOf, zone }, known: knowledge.known };
  const edgesOf = new Map(segments.map((one) => [one.key, edgesOfTime(one.node, span)]));
  const edges = new Map([...edgesOf.values()].flatMap((own) => [...own]));
  const found = await findDuePeople(db, { ...knowledge, workspaceId: workspace.id }, [...edges.values()]);
  const people = new Map([...edges.keys()].map((edge, place) => [edge, found[place]!]));
  return sharedLists(edgesOf, (edge) => people.get(edge)!);
}

/** By segment everyone at its edges; the same edges give the same list, by which segments are known to be alike. */
function sharedLists(
  edgesOf: Map<string, Map<string, Edge>>,
  peopleAt: (edge: string) => string[],
): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  return new Map(
    [...edgesOf].map(([key, own]) => {
      const set = [...own.keys()].join();
      const list = lists.get(set) ?? [...new Set([...own.keys()].flatMap(peopleAt))];
      lists.set(set, list);
      return [key, list];
    }),
  );
}

/**
 * Edges of one range each, by what they say: many segments share one, which is then looked up once. Without what came in
 * between, as an event or a fact: whose that is has changed, and is looked at anyway.
 */
function edgesOfTime(node: Node, span: Span): Map<string, Edge> {
  const from = span.before.asOf.getTime();
  const to = span.after.asOf.getTime();
  const edges = leavesOf(node)
    .flatMap(({ leaf }) => kindOf(leaf).edges(leaf, span))
    .flatMap((edge): Edge[] => {
      if (edge.type === 'anniversary') return [edge];
      const isOfChanged = edge.type === 'events' || edge.type === 'fact';
      const ranges = edge.ranges.filter((range) => !isOfChanged || range.from !== from || range.to !== to);
      return ranges.map((range) => ({ ...edge, ranges: [range] }));
    });
  return new Map(edges.map((edge) => [JSON.stringify(edge), edge]));
}

/**
 * The segments of a layer by whom else to look at in them, beside the people who changed: whom time may move, and who
 * came or went in a segment they name. `many`: those with so many that everyone at once is cheaper.
 */
export async function groupByPeople<S extends Watched>(
  db: Db,
  { workspace, refreshId }: Stretch,
  layer: S[],
  look: { changed: Set<string>; due: Map<string, string[]> },
): Promise<{ many: S[]; groups: Group<S>[] }> {
  const many: S[] = [];
  const groups: Group<S>[] = [];
  for (const { segments, due, named } of alike(layer, look.due)) {
    const moved = named.length
      ? await listStagedPeople(db, { workspaceId: workspace.id, refreshId }, named)
      : [];
    const people = [...new Set([...due, ...moved])].filter((id) => !look.changed.has(id));
    if (await isGreatPart(db, workspace.id, people.length)) many.push(...segments);
    else if (people.length > 0) groups.push({ segments, people });
  }
  return { many, groups: together(groups) };
}

/** So many verdicts (people times segments) cost less than one more part of the statement. */
const WORTH_A_PART = 4_000;

/** Small groups are looked at together: each person in a few segments too many, but in one part of the statement. */
function together<S>(groups: Group<S>[]): Group<S>[] {
  const joined: Group<S>[] = [];
  for (const group of groups.toSorted((a, b) => a.people.length - b.people.length)) {
    const last = joined.at(-1);
    const segments = [...(last?.segments ?? []), ...group.segments];
    const isLarge = group.people.length * segments.length > WORTH_A_PART;
    const people = last && !isLarge ? [...new Set([...last.people, ...group.people])] : [];
    if (last && !isLarge && people.length * segments.length <= WORTH_A_PART)
      Object.assign(last, { people, segments });
    else joined.push({ ...group });
  }
  return joined;
}

type Alike<S> = { segments: S[]; due: string[]; named: string[] };

/** Segments with the same list of due people, and the same segments named. */
function alike<S extends Watched>(layer: S[], due: Map<string, string[]>): Alike<S>[] {
  const groups: Alike<S>[] = [];
  for (const one of layer) {
    const people = due.get(one.key) ?? NOBODY;
    const named = [...new Set(segmentsNamedIn(one.node))].sort();
    const known = groups.find((group) => group.due === people && group.named.join() === named.join());
    if (known) known.segments.push(one);
    else groups.push({ segments: [one], due: people, named });
  }
  return groups;
}

const NOBODY: string[] = [];
