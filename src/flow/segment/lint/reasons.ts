import { comparisonOf } from '../rules/comparison.ts';
import type { EventLeaf } from '../rules/event.ts';
import { FACTS } from '../rules/fact-names.ts';
import type { Moment } from '../rules/moments.ts';
import type { Leaf } from '../rules/node.ts';
import { boundsOf, windowWords } from '../rules/windows.ts';
import { comparisonWords } from '../rules/words.ts';
import { canHappen, isAfter } from './event-claims.ts';
import { dateRange, isOrdered, numberRange } from './ranges.ts';

/** Why nobody can match a condition, as the end of a sentence. */
export function reasonOf(leaf: Leaf, moment: Moment): string {
  if ('event' in leaf) return eventReason(leaf, moment);
  if ('trait' in leaf || 'fact' in leaf) return valueReason(leaf, moment);
  if ('sequence' in leaf) return 'one of the steps cannot have happened';
  return 'bucket' in leaf ? 'the share it takes is empty' : 'it asks for a time that has not begun';
}

function eventReason(leaf: EventLeaf, moment: Moment): string {
  if (leaf.within && isAfter(boundsOf(leaf.within, moment), moment))
    return `nothing can have happened ${windowWords(leaf.within)}, which has not begun or has no length`;
  if (!canHappen(leaf, moment)) return 'no event can be all that its “where” asks for';
  return 'no number of events is like that';
}

function valueReason(leaf: Extract<Leaf, { op: string }>, moment: Moment): string {
  const comparison = comparisonOf(leaf);
  const range = numberRange(comparison) ?? dateRange(comparison, moment);
  if (isOrdered(comparison) && !range) return 'words have no order; compare with a number or a date';
  if (range?.length === 0) return 'the end lies before the start';
  if (!('fact' in leaf)) return 'no value is like that';
  const words = comparisonWords(comparison).replace(/^is /, 'is never ');
  return `${FACTS[leaf.fact as keyof typeof FACTS].title} ${words}`;
}
