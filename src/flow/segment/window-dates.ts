import { type Comparison, comparisonOf } from './rules/comparison.ts';
import type { Moment } from './rules/moments.ts';
import { type Leaf, leavesOf, type Node } from './rules/node.ts';
import { type Bounds, boundsOf, type Window, windowWords } from './rules/windows.ts';

/** A relative time of a condition, in words and as the instants it means at the moment. */
export type RealDates = { path: string; words: string; bounds: Bounds; asOf: Date };

/** Every window of a rule that is not written as dates already, by the path of its condition. */
export function findRealDates(node: Node, moment: Moment): RealDates[] {
  return leavesOf(node).flatMap(({ path, leaf }) =>
    windowsOf(leaf)
      .filter(({ from, to }) => from === undefined && to === undefined)
      .map((one) => ({ path, words: windowWords(one), bounds: boundsOf(one, moment), asOf: moment.asOf })),
  );
}

function windowsOf(leaf: Leaf): Window[] {
  if ('trait' in leaf || 'fact' in leaf) return comparedWindow(comparisonOf(leaf));
  if ('event' in leaf) {
    const inside = (leaf.where ?? []).flatMap((one) => comparedWindow(comparisonOf(one)));
    return [...(leaf.within ? [leaf.within] : []), ...inside];
  }
  if ('sequence' in leaf) return leaf.within ? [leaf.within] : [];
  if ('segment' in leaf) return segmentWindows(leaf);
  return [];
}

function comparedWindow(comparison: Comparison): Window[] {
  return comparison.op === 'within' ? [comparison.value] : [];
}

/** `for` is a time that must have passed: at the latest since its start. */
function segmentWindows(leaf: Extract<Leaf, { segment: string }>): Window[] {
  return [...(leaf.entered ? [leaf.entered] : []), ...(leaf.for ? [{ last: leaf.for }] : [])];
}
