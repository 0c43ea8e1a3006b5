import type { Miss } from '../../flow/segment/remedies/miss.ts';
import type { ProvingEvent, WhyTree } from '../../flow/segment/why-tree.ts';
import { formatDateTime, formatMoney, formatNumber } from './format.ts';
import { isMoney, withCurrency } from './money-words.ts';
import { type Eyes, eventTitle, unveil, valueText } from './people.ts';

export type WhyNode = {
  holds: boolean;
  words: string;
  evidence: string | null;
  events: string[];
  children: WhyNode[];
};

const GROUP_WORDS: Record<string, string> = {
  all: 'All of these',
  any: 'Any of these',
  none: 'None of these',
  of: 'At least this many of these',
};

/** The explained tree for the template: words, a tick or a cross, and what proves it. */
export function whyModel(tree: WhyTree, eyes: Eyes): WhyNode {
  const group = Object.keys(GROUP_WORDS).find((key) => Array.isArray(tree[key]));
  if (group) {
    const children = (tree[group] as WhyTree[]).map((child) => whyModel(child, eyes));
    const words = group === 'of' ? `At least ${String(tree.atLeast)} of these` : GROUP_WORDS[group]!;
    const empty = children.length === 0 ? EMPTY_GROUPS[group] : undefined;
    return { holds: tree.holds, words: empty ?? words, evidence: null, events: [], children };
  }
  return {
    holds: tree.holds,
    words: wordsOf(String(tree.words ?? ''), eyes),
    evidence: evidenceWords(tree, eyes),
    events: ((tree.events as ProvingEvent[] | undefined) ?? []).map((event) => eventWords(event, eyes)),
    children: [],
  };
}

const EMPTY_GROUPS: Record<string, string> = { all: 'Everyone', none: 'Everyone', any: 'No one by rule' };

/** What it would take, a line each, and how sure that is. */
export function takesModel(why: { nearest: Miss[]; sure: boolean; before?: Date | undefined }, eyes: Eyes) {
  const steps = why.nearest.map((miss) => missWords(miss, eyes));
  return { steps, note: noteOf(why, eyes) };
}

/** The same in one line. */
export function takesWords(nearest: Miss[], eyes: Eyes): string {
  return nearest.map((miss) => missWords(miss, eyes)).join('; and ');
}

function missWords(miss: Miss, eyes: Eyes): string {
  const words = wordsOf(miss.words, eyes);
  if (miss.takes === null)
    return miss.needs ? `“${words}” cannot come true any more` : `“${words}” cannot be undone`;
  const takes = wordsOf(miss.takes, eyes);
  return miss.until ? `${takes} until ${formatDateTime(miss.until, eyes.timezone)}` : takes;
}

function wordsOf(words: string, eyes: Eyes): string {
  return withCurrency(unveil(words, eyes), eyes.currency);
}

function noteOf(
  why: { nearest: Miss[]; sure: boolean; before?: Date | undefined },
  eyes: Eyes,
): string | null {
  if (why.before) return `It is enough before ${formatDateTime(why.before, eyes.timezone)}.`;
  if (why.nearest.length === 0) return 'Nothing leads in: the rule matches no one.';
  if (why.nearest.some((miss) => miss.takes === null))
    return 'So this person cannot come in as the rule stands.';
  if (why.sure) return null;
  return why.nearest.length === 1
    ? 'This is possible, but it may turn another condition of the rule.'
    : 'Each of these alone is possible; together they may contradict each other.';
}

/** `times: 3, last: 12 Nov 2026, 10:00` */
function evidenceWords({ evidence, fact }: WhyTree, eyes: Eyes): string | null {
  if (typeof evidence !== 'object' || evidence === null) return null;
  const text = (value: unknown) =>
    typeof value === 'number' && isMoney(fact)
      ? formatMoney(value, eyes.currency)
      : evidenceText(value, eyes);
  const parts = Object.entries(evidence).map(
    ([name, value]) => `${EVIDENCE_NAMES[name] ?? name}: ${text(value)}`,
  );
  return parts.length > 0 ? parts.join(', ') : null;
}

const EVIDENCE_NAMES: Record<string, string> = {
  value: 'they have',
  lastAt: 'last',
  count: 'times',
  enteredAt: 'entered',
  leftAt: 'left',
  percent: 'their draw, in percent',
};

function evidenceText(value: unknown, eyes: Eyes): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value))
    return formatDateTime(new Date(value), eyes.timezone);
  return valueText('', value, eyes);
}

function eventWords({ name, occurredAt, value }: ProvingEvent, eyes: Eyes): string {
  const amount = value === null ? '' : `, ${formatMoney(value, eyes.currency)}`;
  return `${eventTitle(name)}, ${formatDateTime(occurredAt, eyes.timezone)}${amount}`;
}
