import { applyChanges, type Change, type Situation } from './remedies/change.ts';
import { findEnough } from './remedies/enough.ts';
import { type Asking, type Miss, type Step, stepOf, toMiss } from './remedies/miss.ts';
import type { Patience } from './remedies/remedy.ts';
import { type Explained, evaluate } from './rules/evaluate.ts';
import type { Leaf, Node } from './rules/node.ts';
import { momentsAhead } from './until.ts';

/**
 * The nearest way in. `sure`: the evaluator was asked, and with all of it the person is in. `before`: until when it
 * is enough. `changes`: the same for machines of ours.
 */
export type Nearest = { misses: Miss[]; sure: boolean; before: Date | null; changes: Change[] };

type Way = { steps: Step[]; cost: number };

/** Alternatives kept at each `any`: the nearest ones. */
const MOST_WAYS = 6;
const COST = { action: 1, wait: 1.5, never: 100 };

/** The fewest conditions that would have to turn for the tree to hold, and whether that was tried and is enough. */
export function findNearest(explained: Explained, situation: Situation, patience: Patience): Nearest {
  const asking = { situation, patience };
  const ways = turn(explained, true, [], asking);
  const tried = ways.map(({ steps, cost }) =>
    cost < COST.never ? findEnough(explained.node, steps, asking) : null,
  );
  const sure = tried.find((each) => each?.isSure);
  const misses = (sure ?? tried[0] ?? ways[0])?.steps.map(toMiss) ?? [];
  return { misses, sure: Boolean(sure), before: null, changes: sure?.changes ?? [] };
}

/** The first moment at which the same changes, made then, are not enough any more. */
export function findDeadline(node: Node, situation: Situation, changes: Change[]): Date | null {
  if (changes.length === 0 || changes.some((each) => each.type === 'wait')) return null;
  const { person, setting } = situation;
  const late = momentsAhead(node, person, setting).find((at) => {
    const after = applyChanges({ person, setting: { ...setting, asOf: new Date(at) } }, changes);
    return !evaluate(node, after.person, after.setting).holds;
  });
  return late === undefined ? null : new Date(late);
}

/** No way where nothing can turn it: `any` of nothing. */
function turn(explained: Explained, wanted: boolean, path: string[], asking: Asking): Way[] {
  if (explained.holds === wanted) return [{ steps: [], cost: 0 }];
  const { node, nodes } = explained;
  if (!nodes) return [turnLeaf(node as Leaf, wanted, path, asking)];
  const group = 'atLeast' in node ? 'of' : Object.keys(node)[0]!;
  const wish = 'none' in node ? !wanted : wanted;
  const ofNodes = nodes
    .map((each, index) => turn(each, wish, [...path, group, String(index)], asking))
    .filter((ways) => ways.length > 0)
    .sort((a, b) => a[0]!.cost - b[0]!.cost);
  const needed = countNeeded(explained, wanted);
  if (needed > ofNodes.length) return [];
  if (needed === 1) return nearestOf(ofNodes.flat().filter(({ cost }) => cost > 0));
  return [joined(ofNodes.slice(0, needed).map((ways) => ways[0]!))];
}

function turnLeaf(leaf: Leaf, needs: boolean, path: string[], asking: Asking): Way {
  const step = stepOf({ leaf, needs, path: path.join('.') }, asking);
  const cost = step.takes === null ? COST.never : step.until ? COST.wait : COST.action;
  return { steps: [step], cost };
}

function nearestOf(ways: Way[]): Way[] {
  return ways.sort((a, b) => a.cost - b.cost).slice(0, MOST_WAYS);
}

function joined(ways: Way[]): Way {
  return {
    steps: ways.flatMap(({ steps }) => steps),
    cost: ways.reduce((total, { cost }) => total + cost, 0),
  };
}

/** How many nodes of a group have to stand as wished; those that do already are the cheapest ways. */
function countNeeded({ node, nodes }: Explained, wanted: boolean): number {
  const total = nodes!.length;
  if ('all' in node || 'none' in node) return wanted ? total : 1;
  if ('any' in node) return wanted ? 1 : total;
  const least = 'atLeast' in node ? node.atLeast : 1;
  return wanted ? least : total - least + 1;
}
