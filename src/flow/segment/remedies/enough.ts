import { evaluate } from '../rules/evaluate.ts';
import type { Node } from '../rules/node.ts';
import { applyChanges, type Change, type Situation } from './change.ts';
import { type Asking, type Step, stepOf } from './miss.ts';

/** `isSure`: also where more comes with it than is told, such as what an order is worth. */
export type Enough = { steps: Step[]; changes: Change[]; isSure: boolean };

/**
 * As few of the steps as let the person in: the order that is the third may be the one of these days as well. The
 * largest come first, and last, as either may spare more of the others. Null where no order of them is enough.
 */
export function findEnough(node: Node, steps: Step[], asking: Asking): Enough | null {
  const bySize = steps.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const ways = steps.length > 1 ? [spare(bySize, asking), spare(bySize.toReversed(), asking)] : [];
  const found = [...ways, steps].flatMap((needed) => {
    const changes = findOrder(node, asking.situation, needed);
    if (!changes) return [];
    const isSure = holdsAfter(node, asking.situation, changes.map(worthMuch));
    return [{ steps: inOrderOf(steps, needed), changes, isSure }];
  });
  return found.sort(isBetter)[0] ?? null;
}

function isBetter(a: Enough, b: Enough): number {
  return Number(b.isSure) - Number(a.isSure) || a.steps.length - b.steps.length;
}

function inOrderOf(steps: Step[], needed: Step[]): Step[] {
  return steps.flatMap(({ path }) => needed.find((one) => one.path === path) ?? []);
}

/** How much has to happen for it. */
function sizeOf({ changes }: Step): number {
  return changes.reduce((sum, each) => sum + (each.type === 'event' ? each.times : 0), 0);
}

/** One after another: what stands as wished by then is left out, the others are asked for as things stand by then. */
function spare(steps: Step[], { situation, patience }: Asking): Step[] {
  const needed: Step[] = [];
  let present = situation;
  for (const step of steps) {
    if (evaluate(step.leaf, present.person, present.setting).holds === step.needs) continue;
    const asked = needed.length === 0 ? step : stepOf(step, { situation: present, patience });
    needed.push(asked);
    present = applyChanges(present, asked.changes);
  }
  return needed;
}

/** Acting and then waiting, or the other way round: the order in which all of it lets the person in. */
function findOrder(node: Node, situation: Situation, steps: Step[]): Change[] | null {
  const changes = steps.flatMap((step) => step.changes);
  const acts = changes.filter((each) => each.type !== 'wait');
  const waits = changes.filter((each) => each.type === 'wait');
  const orders = [
    [...acts, ...waits],
    [...waits, ...acts],
  ];
  return orders.find((order) => holdsAfter(node, situation, order)) ?? null;
}

function holdsAfter(node: Node, situation: Situation, changes: Change[]): boolean {
  const { person, setting } = applyChanges(situation, changes);
  return evaluate(node, person, setting).holds;
}

/** More than any condition asks for: a billion. */
const MUCH = 1_000_000_000n * 1_000_000n;

/** Where no worth was asked for, nothing was counted, and it may as well be much. */
function worthMuch(change: Change): Change {
  return change.type === 'event' && change.value === null ? { ...change, value: MUCH } : change;
}
