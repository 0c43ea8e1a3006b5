import { canonicalText } from './lint/canonical.ts';
import { groupKeyOf, type Leaf, type Node, nodesOf } from './rules/node.ts';

/** Stands where a condition is that the other rule has not: the group it is in tells how it counts. */
const GAP = {} as Leaf;

/**
 * How the conditions of a rule are put together, as one text; `instead` says what to read at a path, null for what
 * the other rule has not. Two rules of one shape differ in nothing but those conditions.
 */
export function shapeText(node: Node, instead: Map<string, Leaf | null>): string {
  const leafAt = (path: string, leaf: Leaf) => (instead.has(path) ? (instead.get(path) ?? GAP) : leaf);
  const canonical: Node = JSON.parse(canonicalText(replaceLeaves(node, [], leafAt)));
  return JSON.stringify(withoutGaps(nodesOf(canonical) ? canonical : { all: [canonical] }));
}

function replaceLeaves(node: Node, path: string[], replace: (path: string, leaf: Leaf) => Leaf): Node {
  const nodes = nodesOf(node);
  if (!nodes) return replace(path.join('.'), node as Leaf);
  const group = groupKeyOf(node);
  const each = nodes.map((one, index) => replaceLeaves(one, [...path, group, String(index)], replace));
  return { ...node, [group]: each };
}

/** A group stays where nothing is left in it: what was added came by it. */
function withoutGaps(node: Node): Node {
  const nodes = nodesOf(node);
  if (!nodes) return node;
  const left = nodes.filter((one) => Object.keys(one).length > 0).map(withoutGaps);
  const sorted = left.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...node, [groupKeyOf(node)]: sorted };
}
