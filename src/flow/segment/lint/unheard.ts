import { distance } from 'fastest-levenshtein';
import { canonicalEvent } from '../rules/events.ts';
import { type Leaf, leavesOf, type Node } from '../rules/node.ts';
import type { Lint } from './lint.ts';

/** Names of events that never came in: mostly misspelt, and then a bare 0 says nothing of it. */
export function findUnheard(node: Node, heard: string[]): Lint[] {
  const known = new Set(heard);
  const unheard = leavesOf(node).flatMap(({ path, leaf }) =>
    namesIn(leaf)
      .filter((name) => name !== '*' && !known.has(canonicalEvent(name)))
      .map((name) => ({ path, name })),
  );
  return unheard.slice(0, MOST).map(({ path, name }) => unheardLint(path, name, nearestOf(name, heard)));
}

/** Each is compared with every name there is. */
const MOST = 10;
/** Nobody types more by hand, and comparing takes the square of it. */
const LONGEST = 60;

function namesIn(leaf: Leaf): string[] {
  if ('sequence' in leaf) return leaf.sequence.map(({ event }) => event);
  return 'event' in leaf ? [leaf.event] : [];
}

function unheardLint(path: string, name: string, nearest: string | null): Lint {
  return {
    kind: 'unheard',
    path,
    message: `No event called ${name} has ever come in.`,
    advice: nearest ? `Did you mean ${nearest}?` : 'The dictionary lists every event there is.',
  };
}

/** At most a quarter of its letters apart, and three; null where none is that near. */
function nearestOf(name: string, heard: string[]): string | null {
  const given = plain(name);
  const most = Math.min(3, Math.floor(given.length / 4));
  const near = heard
    .filter((one) => one.length <= LONGEST && Math.abs(one.length - name.length) <= most)
    .map((one) => ({ one, apart: distance(given, plain(one)) }))
    .filter(({ apart }) => apart <= most)
    .sort((a, b) => a.apart - b.apart);
  return near[0]?.one ?? null;
}

/** `Order Placed` is spelt like `order_placed` but for the way of writing. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s-]+/g, '_');
}
