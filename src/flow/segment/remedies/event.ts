import { compare } from '../rules/compare.ts';
import { comparisonOf } from '../rules/comparison.ts';
import { type EventConditions, type EventLeaf, event, eventWords } from '../rules/event.ts';
import { canonicalEvent } from '../rules/events.ts';
import type { Moment } from '../rules/moments.ts';
import { printMillionths, type Value } from '../rules/values.ts';
import { candidateNumbers, candidateValues } from './candidates.ts';
import type { Change, Situation } from './change.ts';
import type { Remedy } from './remedy.ts';

const ONE = 1_000_000n;
/** More than these are told by the rule itself; nobody can be asked for so many. */
const MOST_EVENTS = 1_000;

/** More events of the kind that a condition counts or adds up. */
export function eventRemedies(leaf: EventLeaf, situation: Situation): Remedy[] {
  const wanted = matchingEvent(leaf, situation.setting);
  if (!wanted) return [];
  if (leaf.first || leaf.last) return [more(wanted, 1)];
  const kind = (['sum', 'avg', 'min', 'max'] as const).find((each) => leaf[each] !== undefined);
  return kind ? amounts(leaf, kind, wanted, situation) : counts(leaf, wanted, situation);
}

/** An event that satisfies the `where` conditions; null where no value was found that does. */
export function matchingEvent(
  asked: EventConditions,
  moment: Moment,
): Extract<Change, { type: 'event' }> | null {
  const properties: { [name: string]: Value } = {};
  let value: bigint | null = null;
  for (const condition of asked.where ?? []) {
    const comparison = comparisonOf(condition);
    const isMoney = condition.property === 'value';
    const found = candidateValues(comparison, moment).find(
      (each) => (!isMoney || typeof each === 'bigint' || each === null) && compare(comparison, each, moment),
    );
    if (found === undefined) return null;
    if (isMoney) value = typeof found === 'bigint' ? found : null;
    else properties[condition.property] = found;
  }
  const name = asked.event === '*' ? 'page_viewed' : canonicalEvent(asked.event);
  return { type: 'event', name, times: 1, value, properties };
}

/** "one more order", "3 more page views (path is “/tea”)" */
export function more(change: Extract<Change, { type: 'event' }>, times: number, conditions = ''): Remedy {
  const [one, many] = EVENT_WORDS[change.name] ?? [`“${change.name}”`, `“${change.name}”`];
  const words = times === 1 ? `one more ${one}` : `${times} more ${many}`;
  return { words: `${words}${conditions}`, changes: [{ ...change, times }] };
}

export const EVENT_WORDS: Record<string, [string, string]> = {
  order_placed: ['order', 'orders'],
  page_viewed: ['page view', 'page views'],
  screen_viewed: ['screen view', 'screen views'],
  email_opened: ['e-mail opened', 'e-mails opened'],
  email_clicked: ['click in an e-mail', 'clicks in e-mails'],
  email_sent: ['e-mail sent', 'e-mails sent'],
  order_refunded: ['refund', 'refunds'],
  comment_posted: ['comment', 'comments'],
  lead_submitted: ['lead form', 'lead forms'],
  invoice_paid: ['invoice paid', 'invoices paid'],
  signed_up: ['sign-up', 'sign-ups'],
};

function counts(
  leaf: EventLeaf,
  wanted: Extract<Change, { type: 'event' }>,
  { person, setting }: Situation,
): Remedy[] {
  const { evidence } = event.holds(leaf, person, setting);
  const counted = typeof evidence?.count === 'bigint' ? evidence.count : 0n;
  const targets = leaf.count ? candidateNumbers(leaf.count) : [ONE];
  const missing = targets.map((each) => Number((each - counted + ONE - 1n) / ONE));
  const sensible = [...new Set([...missing, 1])].filter((each) => each > 0 && each <= MOST_EVENTS);
  return sensible.sort((a, b) => a - b).map((times) => more(wanted, times, conditionsOf(leaf)));
}

/** One event with so much of the property that sum, average, least or most fit. */
function amounts(
  leaf: EventLeaf,
  kind: 'sum' | 'avg' | 'min' | 'max',
  wanted: Extract<Change, { type: 'event' }>,
  { person, setting }: Situation,
): Remedy[] {
  const { property } = leaf[kind]!;
  const { evidence } = event.holds(leaf, person, setting);
  const known = evidence?.[kind];
  const count = typeof evidence?.count === 'bigint' ? evidence.count / ONE : 0n;
  const amount = typeof known === 'bigint' ? known : 0n;
  const need = (target: bigint) =>
    ({ sum: target - amount, avg: target * (count + 1n) - amount * count, min: target, max: target })[kind];
  return candidateNumbers(leaf[kind]!).map((target) => {
    const given = need(target);
    const change =
      property === 'value'
        ? { ...wanted, value: given }
        : { ...wanted, properties: { ...wanted.properties, [property]: given } };
    return more(change, 1, ` with ${property} of ${printMillionths(given)}${conditionsOf(leaf)}`);
  });
}

/** " (path is “/tea”)", or nothing. */
function conditionsOf(leaf: EventConditions): string {
  return eventWords({ ...leaf, event: '' });
}
