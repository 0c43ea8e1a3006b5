import { localDayOf, startOfDay } from '../../base/local-times.ts';
import { evaluate } from './rules/evaluate.ts';
import type { Setting } from './rules/kind.ts';
import { leavesOf, type Node } from './rules/node.ts';
import type { Person } from './rules/person.ts';
import { instantOf, type Value } from './rules/values.ts';
import { durationMs } from './rules/windows.ts';

/** Moments tried at most: the nearest ones; what lies behind them is not foreseen. */
const MOST_MOMENTS = 1_000;
const DAYS_AHEAD = 400;

/**
 * The first moment after the present one at which the passing of time alone turns the tree, or null if none is
 * foreseen. Every moment at which a window's end can pass something of the person is tried in order.
 */
export function findTurn(node: Node, person: Person, setting: Setting): Date | null {
  const holds = evaluate(node, person, setting).holds;
  for (const at of momentsAhead(node, person, setting)) {
    const asOf = new Date(at);
    if (evaluate(node, person, { ...setting, asOf }).holds !== holds) return asOf;
  }
  return null;
}

function momentsAhead(node: Node, person: Person, { asOf, zone }: Setting): number[] {
  const text = JSON.stringify(leavesOf(node).map(({ leaf }) => leaf));
  const spans = [...text.matchAll(/"([0-9]{1,5}[mhdw])"/g)].map(([, duration]) => durationMs(duration!));
  const own = [...new Set(instantsOf(person, zone))];
  const shifted = own.flatMap((at) => [at, ...spans.flatMap((span) => [at + span, at - span])]);
  const passed = shifted.flatMap((at) => [at, at + 1]);
  const needsMidnights = /"(calendar|anniversary)"/.test(text);
  const moments = [...passed, ...(needsMidnights ? midnightsAhead(asOf, zone) : [])];
  return [...new Set(moments)]
    .filter((at) => at > asOf.getTime())
    .sort((a, b) => a - b)
    .slice(0, MOST_MOMENTS);
}

function instantsOf(person: Person, zone: string): number[] {
  return [
    ...person.events.map((each) => each.at),
    ...person.memberships.flatMap((each) => [each.enteredAt, each.leftAt ?? each.enteredAt]),
    ...Object.values(person.facts).flatMap((value) => datesIn(value, zone)),
    ...Object.values(person.traits).flatMap((value) => datesIn(value, zone)),
  ];
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
