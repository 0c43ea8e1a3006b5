import { kindOf, type Leaf } from '../rules/node.ts';
import type { Change, Situation } from './change.ts';
import { findRemedy, type Patience } from './remedy.ts';

/** A condition that would have to turn, to what, and what it takes; null where nothing can turn it any more. */
export type Miss = { path: string; words: string; needs: boolean; takes: string | null; until?: Date };
/** The same, as what it is made of. */
export type Step = Miss & { leaf: Leaf; changes: Change[] };
export type Asking = { situation: Situation; patience: Patience };

export function stepOf(
  { leaf, path, needs }: Pick<Step, 'leaf' | 'path' | 'needs'>,
  { situation, patience }: Asking,
): Step {
  const remedy = findRemedy(leaf, situation, patience);
  const wait = remedy?.changes.find((each) => each.type === 'wait');
  return {
    path,
    words: kindOf(leaf).words(leaf, situation.titles),
    needs,
    takes: remedy?.words ?? null,
    leaf,
    changes: remedy?.changes ?? [],
    ...(wait ? { until: new Date(wait.until) } : {}),
  };
}

export function toMiss({ leaf: _, changes: __, ...miss }: Step): Miss {
  return miss;
}
