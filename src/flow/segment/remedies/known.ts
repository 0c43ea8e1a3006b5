import { type Comparison, comparisonOf } from '../rules/comparison.ts';
import type { fact } from '../rules/fact.ts';
import { FACTS, type FactName } from '../rules/fact-names.ts';
import type { Value } from '../rules/values.ts';
import { comparisonWords } from '../rules/words.ts';
import { candidateValues } from './candidates.ts';
import type { Change, Situation } from './change.ts';
import { more } from './event.ts';
import { moneyRemedies } from './money.ts';
import type { Remedy } from './remedy.ts';

type FactLeaf = Parameters<typeof fact.holds>[0];
const ONE = 1_000_000n;

/** Another value of something known of the person. */
export function comparisonRemedies(
  type: 'trait' | 'fact',
  name: string,
  given: Parameters<typeof comparisonOf>[0],
  { setting }: Situation,
  wished: boolean,
): Remedy[] {
  const comparison = comparisonOf(given);
  const title = type === 'fact' ? FACTS[name as FactName].title : name;
  return candidateValues(comparison, setting).map((value) => ({
    words: `${title}: ${wished ? '' : 'no longer '}${comparisonWords(comparison)}`,
    changes: [{ type, name, value }],
  }));
}

/** Facts that come from events are moved by events; they never go back. The others are computed again by us. */
export function factRemedies(leaf: FactLeaf, situation: Situation, wished: boolean): Remedy[] {
  const event = EVENT_OF[leaf.fact];
  if (event) return eventRemediesOf(leaf, event, situation);
  const isFixed = FIRST.includes(leaf.fact) && Boolean(situation.person.facts[leaf.fact]);
  return isFixed ? [] : comparisonRemedies('fact', leaf.fact, leaf, situation, wished);
}

/** The first of a kind stays the first. */
const FIRST: FactName[] = ['signed_up_at', 'first_seen_at', 'first_channel'];

const EVENT_OF: Partial<Record<FactName, string>> = {
  orders: 'order_placed',
  net_revenue: 'order_placed',
  average_order: 'order_placed',
  first_order_at: 'order_placed',
  last_order_at: 'order_placed',
  page_views: 'page_viewed',
  emails_sent: 'email_sent',
  emails_opened: 'email_opened',
  emails_clicked: 'email_clicked',
  last_opened_at: 'email_opened',
  last_seen_at: 'page_viewed',
};

function eventRemediesOf(leaf: FactLeaf, name: string, { person, setting }: Situation): Remedy[] {
  const change: Extract<Change, { type: 'event' }> = {
    type: 'event',
    name,
    times: 1,
    value: null,
    properties: {},
  };
  if (FACTS[leaf.fact].type === 'instant') return [more(change, 1)];
  const targets = numbersOf(candidateValues(comparisonOf(leaf) as Comparison, setting));
  if (leaf.fact === 'net_revenue' || leaf.fact === 'average_order')
    return [...moneyRemedies(leaf.fact, targets, person), more(change, 1)];
  const known = person.facts[leaf.fact];
  return targets
    .map((each) => each - (typeof known === 'bigint' ? known : 0n))
    .filter((each) => each > 0n && each < 1_000n * ONE)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((each) => more(change, Number((each + ONE - 1n) / ONE)));
}

function numbersOf(values: Value[]): bigint[] {
  return values.filter((each) => typeof each === 'bigint');
}
