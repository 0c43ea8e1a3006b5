import { identifierOf, limitOf } from './kinds.ts';

/** Joins nodes into sets, unless a set would hold more of one kind than a person has, or two parted identifiers. */
export type Sets = { parent: Map<string, string>; counts: Map<string, Map<string, number>> };

/** `nodes`: each node and the identifier kinds it counts as. */
export function makeSets(nodes: Iterable<string>): Sets {
  const sets: Sets = { parent: new Map(), counts: new Map() };
  for (const node of nodes) {
    sets.parent.set(node, node);
    sets.counts.set(node, new Map([[identifierOf(node).kind, 1]]));
  }
  return sets;
}

export function rootOf(sets: Sets, node: string): string {
  let root = node;
  while (sets.parent.get(root) !== root) root = sets.parent.get(root)!;
  // Halving the paths keeps later look-ups short.
  for (let at = node; at !== root; ) {
    const next = sets.parent.get(at)!;
    sets.parent.set(at, root);
    at = next;
  }
  return root;
}

export function joinSets(sets: Sets, a: string, b: string): void {
  const [root, other] = [rootOf(sets, a), rootOf(sets, b)];
  if (root === other) return;
  sets.parent.set(other, root);
  const counts = sets.counts.get(root)!;
  for (const [kind, count] of sets.counts.get(other)!) counts.set(kind, (counts.get(kind) ?? 0) + count);
}

/** A set that is over a limit already, because a person joined it so, may still take in other kinds. */
export function breaksLimit(sets: Sets, a: string, b: string): boolean {
  const first = sets.counts.get(rootOf(sets, a))!;
  const second = sets.counts.get(rootOf(sets, b))!;
  return [...first].some(([kind, count]) => {
    const others = second.get(kind) ?? 0;
    return others > 0 && count + others > limitOf(kind);
  });
}

export function breaksParting(
  sets: Sets,
  partings: { a: string; b: string }[],
  a: string,
  b: string,
): boolean {
  const [first, second] = [rootOf(sets, a), rootOf(sets, b)];
  return partings.some((parting) => {
    const [one, other] = [rootOf(sets, parting.a), rootOf(sets, parting.b)];
    return (one === first && other === second) || (one === second && other === first);
  });
}
