import { localDayOf, startOfDay } from '../../base/local-times.ts';
import { evaluate } from './rules/evaluate.ts';
import { canonicalEvent } from './rules/events.ts';
import type { Setting } from './rules/kind.ts';
import { type Leaf, leavesOf, type Node } from './rules/node.ts';
import type { Person, PersonEvent } from './rules/person.ts';
import { instantOf, lookUp, type Value } from './rules/values.ts';
import { durationMs } from './rules/windows.ts';

/** Moments tried at most: the nearest ones; what lies behind them is not foreseen. */
const MOST_MOMENTS = 1_000;
const DAYS_AHEAD = 400;

/**
 * The first moment after the present one at which the passing of time alone turns the tree, or null if none is
 * foreseen. Every moment at which a window's end can pass something of the person is tried in order.
 */
export function findTurn(node: Node, person: Person, setting: Setting, most = MOST_MOMENTS): Date | null {
  const holds = evaluate(node, person, setting).holds;
  for (const at of momentsAhead(node, person, setting, most)) {
    const asOf = new Date(at);
    if (evaluate(node, person, { ...setting, asOf }).holds !== holds) return asOf;
  }
  return null;
}

/** The moments at which time may turn a condition of the tree, the nearest first. */
export function momentsAhead(node: Node, person: Person, setting: Setting, most = MOST_MOMENTS): number[] {
  const moments = leavesOf(node).flatMap(({ leaf }) => momentsOf(leaf, person, setting));
  return [...new Set(moments)].sort((a, b) => a - b).slice(0, most);
}

/** What a leaf looks at, moved by each duration it names; and midnights where it asks for whole days. */
function momentsOf(leaf: Leaf, person: Person, { asOf, zone }: Setting): number[] {
  const text = JSON.stringify(leaf);
  const spans = [...text.matchAll(/"([0-9]{1,5}[mhdw])"/g)].map(([, duration]) => durationMs(duration!));
  const isOfDays = /"(calendar|anniversary)"/.test(text);
  const named = [...text.matchAll(/"([0-9]{4}-[0-9]{2}-[0-9]{2}[^"]*)"/g)].map(([, date]) => date!);
  const own = [...instantsOf(leaf, person, zone), ...named.flatMap((date) => datesIn(date, zone))];
  const shifted = own.flatMap((at) => [at, ...spans.flatMap((span) => [at + span, at - span])]);
  const moments = [...shifted.flatMap((at) => [at, at + 1]), ...(isOfDays ? midnightsAhead(asOf, zone) : [])];
  return moments.filter((at) => at > asOf.getTime());
}

function instantsOf(leaf: Leaf, person: Person, zone: string): number[] {
  if ('trait' in leaf) return datesIn(lookUp(person.traits, leaf.trait) ?? null, zone);
  if ('fact' in leaf) return datesIn(person.facts[leaf.fact] ?? null, zone);
  if ('event' in leaf) return instantsOfEvents(eventsNamed(person, [leaf.event]), leaf.where, zone);
  if ('sequence' in leaf)
    return leaf.sequence.flatMap((step) =>
      instantsOfEvents(eventsNamed(person, [step.event]), step.where, zone),
    );
  if ('segment' in leaf)
    return person.memberships
      .filter((each) => each.segmentKey === leaf.segment)
      .flatMap((each) => [each.enteredAt, each.leftAt ?? each.enteredAt]);
  if ('consent' in leaf) return person.consents.flatMap((each) => [each.decidedAt ?? 0, each.receivedAt]);
  return 'source' in leaf ? person.events.map((each) => each.at) : [];
}

function eventsNamed(person: Person, names: string[]): PersonEvent[] {
  const stored = names.map(canonicalEvent);
  return stored.includes('*') ? person.events : person.events.filter((each) => stored.includes(each.name));
}

/** When they happened, and the dates in what the conditions ask of them. */
function instantsOfEvents(
  events: PersonEvent[],
  where: { property: string }[] | undefined,
  zone: string,
): number[] {
  const asked = (each: PersonEvent) =>
    (where ?? []).flatMap(({ property }) => datesIn(lookUp(each.properties, property) ?? null, zone));
  return events.flatMap((each) => [each.at, ...asked(each)]);
}

function datesIn(value: Value, zone: string): number[] {
  if (typeof value === 'string') return [instantOf(value, zone)].filter((at) => at !== null);
  if (Array.isArray(value)) return value.flatMap((each) => datesIn(each, zone));
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((each) => datesIn(each, zone))
    : [];
}

function midnightsAhead(asOf: Date, zone: string): number[] {
  const today = localDayOf(asOf.getTime(), zone);
  return Array.from({ length: DAYS_AHEAD }, (_, index) => startOfDay(today + 1 + index, zone));
}
