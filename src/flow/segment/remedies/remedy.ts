import { evaluate } from '../rules/evaluate.ts';
import { type KINDS, kindOf, type Leaf } from '../rules/node.ts';
import { findTurn } from '../until.ts';
import { applyChanges, type Change, type Situation } from './change.ts';
import { eventRemedies } from './event.ts';
import { comparisonRemedies, factRemedies } from './known.ts';
import { consentRemedies, identifierRemedies, membershipRemedies, sourceRemedies } from './standing.ts';
import { sequenceRemedies } from './steps.ts';

/** What would turn one condition: in words, and as changes that the evaluator has tried. */
export type Remedy = { words: string; changes: Change[] };
/** How many moments ahead are tried for a wait: few where many rules are asked at once. */
export type Patience = { moments: number };

type LeafOf<K extends keyof typeof KINDS> = Extract<Leaf, Record<K, unknown>>;
const PROPOSED: {
  [K in keyof typeof KINDS]: (leaf: LeafOf<K>, situation: Situation, wished: boolean) => Remedy[];
} = {
  trait: (leaf, situation, wished) => comparisonRemedies('trait', leaf.trait, leaf, situation, wished),
  fact: factRemedies,
  event: eventRemedies,
  sequence: sequenceRemedies,
  segment: membershipRemedies,
  consent: consentRemedies,
  identifier: identifierRemedies,
  source: sourceRemedies,
  bucket: () => [],
};

/**
 * What turns a condition to what is wished: time where it does so by itself and only dates are asked for, else
 * something to happen, else both. Every proposal is tried by the evaluator; null where none works: what happened
 * cannot be undone, and the draw of a share stays.
 */
export function findRemedy(leaf: Leaf, situation: Situation, patience: Patience): Remedy | null {
  const wished = !evaluate(leaf, situation.person, situation.setting).holds;
  const key = kindOf(leaf).key as keyof typeof PROPOSED;
  const propose = PROPOSED[key] as (leaf: Leaf, situation: Situation, wished: boolean) => Remedy[];
  const proposals = propose(leaf, situation, wished);
  const turns = ({ changes }: Remedy) => {
    const after = applyChanges(situation, changes);
    return evaluate(leaf, after.person, after.setting).holds === wished;
  };
  const act = () => proposals.find(turns) ?? null;
  const wait = () => thenWait(leaf, situation, { words: '', changes: [] }, patience);
  const both = () =>
    firstOf(proposals.slice(0, 3), (one) => thenWait(leaf, situation, one, patience)) ?? null;
  const isDated = 'trait' in leaf || 'fact' in leaf;
  return (isDated ? (wait() ?? act()) : (act() ?? wait())) ?? both();
}

/** The same, and then the passing of time until the condition turns. */
function thenWait(leaf: Leaf, situation: Situation, first: Remedy, { moments }: Patience): Remedy | null {
  const after = applyChanges(situation, first.changes);
  const turned = findTurn(leaf, after.person, after.setting, moments);
  if (!turned) return null;
  const words = first.words ? `${first.words}, then waiting` : 'waiting';
  return { words, changes: [...first.changes, { type: 'wait', until: turned.getTime() }] };
}

function firstOf<T, R>(all: T[], find: (one: T) => R | null): R | null {
  for (const one of all) {
    const found = find(one);
    if (found) return found;
  }
  return null;
}
