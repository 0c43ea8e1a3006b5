import type { Evidence, Setting } from './kind.ts';
import { kindOf, type Leaf, type Node, nodesOf } from './node.ts';
import type { Person } from './person.ts';

/** The tree again, each node with whether it holds, each leaf with what proves it. */
export type Explained = { node: Node; holds: boolean; evidence?: Evidence; nodes?: Explained[] };

/** Evaluates a rule tree over one person in memory: the plain reading that SQL must agree with, and the why. */
export function evaluate(node: Node, person: Person, setting: Setting): Explained {
  const nodes = nodesOf(node)?.map((each) => evaluate(each, person, setting));
  if (!nodes) return { node, ...kindOf(node as Leaf).holds(node as Leaf, person, setting) };
  return { node, nodes, holds: combine(node, nodes.filter((each) => each.holds).length, nodes.length) };
}

function combine(group: Node, holding: number, total: number): boolean {
  if ('all' in group) return holding === total;
  if ('any' in group) return holding > 0;
  if ('none' in group) return holding === 0;
  return 'atLeast' in group && holding >= group.atLeast;
}
