import { calendarOf, isDay, localDayOf, readInstant } from '../../../base/local-times.ts';
import type { Comparison, Measure, Op } from './comparison.ts';
import type { Moment } from './moments.ts';
import { elementsOf, instantOf, isUnset, numberOf, toValue, type Value } from './values.ts';
import { type Bounds, boundsOf, dayBounds, durationMs, isWithin } from './windows.ts';

/** The operator a negative one denies. */
export const DENIED: Partial<Record<Op, Op>> = { ne: 'eq', notIn: 'in', notContains: 'contains' };

/** Does a value (or any element of a list) satisfy a comparison? `compareSql` says the same in SQL. */
export function compare(comparison: Comparison, value: Value | undefined, moment: Moment): boolean {
  if (comparison.op === 'set') return !isUnset(value);
  if (comparison.op === 'unset') return isUnset(value);
  if (value === undefined || isUnset(value)) return comparison.unset === 'yes';
  const denied = DENIED[comparison.op];
  const asked = denied ? ({ ...comparison, op: denied } as Comparison) : comparison;
  const found = elementsOf(value).some((element) => matches(asked, element, moment));
  return denied ? !found : found;
}

/** Compares an exact number, or nothing, with the number of a count or sum. */
export function measure(given: Measure, number: bigint | null, times = 1n): boolean {
  if (number === null) return false;
  const [first, second] = operandsOf(given);
  return compareOrder(given.op, sign(number - first * times), sign(number - second * times));
}

export function operandsOf(given: Measure): [bigint, bigint] {
  const [first, second] = Array.isArray(given.value) ? given.value : [given.value, given.value];
  return [numberOf(toValue(first)) ?? 0n, numberOf(toValue(second)) ?? 0n];
}

/** The instants `before`, `after`, `on` and `within` ask for. */
export function askedBounds(comparison: Comparison, moment: Moment): Bounds | null {
  if (comparison.op === 'within') return boundsOf(comparison.value, moment);
  if (comparison.op !== 'before' && comparison.op !== 'after' && comparison.op !== 'on') return null;
  const instant = readInstant(comparison.value, moment.zone)!;
  if (comparison.op === 'before') return { from: null, to: instant, fromIncluded: true };
  const day = dayBounds(instant, moment.zone);
  if (comparison.op === 'on') return day;
  return isDay(comparison.value)
    ? { from: day.to, to: null, fromIncluded: true }
    : { from: instant, to: null, fromIncluded: false };
}

/** What an order is asked of: one value twice, or the two ends. */
export type Asked = [string | number, string | number];

/** Both as numbers, or else both as instants. */
export function askedSides(
  asked: Asked,
  { zone }: Moment,
): { numbers: [bigint, bigint] } | { instants: [number, number] } | null {
  const [first, second] = asked.map((each) => numberOf(toValue(each)));
  if (first != null && second != null) return { numbers: [first, second] };
  const [from, to] = asked.map((each) => (typeof each === 'string' ? readInstant(each, zone) : null));
  return from != null && to != null ? { instants: [from, to] } : null;
}

/** Months and days (331 is 31 March) whose anniversary lies in the asked days. */
export function anniversaryDays(asked: { next?: string; calendar?: 'today' }, moment: Moment): number[] {
  const today = localDayOf(moment.asOf.getTime(), moment.zone);
  const days = asked.next ? Math.min(durationMs(asked.next) / 86_400_000, 366) : 0;
  const numbers = days ? Array.from({ length: days }, (_, index) => today + 1 + index) : [today];
  return [...new Set(numbers.flatMap(anniversariesOn))];
}

/** 29 February is kept on the 28th in the years that have none. */
function anniversariesOn(day: number): number[] {
  const { month, dayOfMonth } = calendarOf(day);
  const isShortFebruary = month === 2 && dayOfMonth === 28 && calendarOf(day + 1).month === 3;
  return isShortFebruary ? [228, 229] : [month * 100 + dayOfMonth];
}

function matches(comparison: Comparison, element: Value, moment: Moment): boolean {
  switch (comparison.op) {
    case 'eq':
      return isEqual(element, toValue(comparison.value));
    case 'in':
      return comparison.value.some((each) => isEqual(element, toValue(each)));
    case 'contains':
      return lower(element)?.includes(comparison.value.toLowerCase()) ?? false;
    case 'startsWith':
      return lower(element)?.startsWith(comparison.value.toLowerCase()) ?? false;
    case 'endsWith':
      return lower(element)?.endsWith(comparison.value.toLowerCase()) ?? false;
    case 'true':
      return element === true || element === 'true';
    case 'false':
      return element === false || element === 'false';
    case 'anniversary':
      return isAnniversary(comparison.value, element, moment);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return isInOrder(comparison.op, element, [comparison.value, comparison.value], moment);
    case 'between':
      return isInOrder('between', element, comparison.value, moment);
    default:
      return isInBounds(element, askedBounds(comparison, moment), moment);
  }
}

/** As numbers if one side is a JSON number and the other a number; else the same type and the same value. */
function isEqual(a: Value, b: Value): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    const [first, second] = [numberOf(a), numberOf(b)];
    return first !== null && first === second;
  }
  return a === b;
}

function isInOrder(
  op: Measure['op'],
  element: Value,
  asked: [string | number, string | number],
  { zone }: Moment,
): boolean {
  const [first, second] = asked.map(toValue) as [Value, Value];
  const numbers = [element, first, second].map(numberOf);
  if (numbers[1] !== null && numbers[2] !== null) return inOrder(op, numbers);
  return inOrder(
    op,
    [element, first, second].map((each) => instantOf(each, zone)),
  );
}

function inOrder<N extends bigint | number>(
  op: Measure['op'],
  [value, first, second]: (N | null | undefined)[],
) {
  if (value == null || first == null || second == null) return false;
  const order = (a: N, b: N) => (a < b ? -1 : a > b ? 1 : 0);
  return compareOrder(op, order(value, first), order(value, second));
}

function isInBounds(element: Value, bounds: Bounds | null, { zone }: Moment): boolean {
  const instant = instantOf(element, zone);
  return bounds !== null && instant !== null && isWithin(instant, bounds);
}

function isAnniversary(
  asked: { next?: string } | { calendar: 'today' },
  element: Value,
  moment: Moment,
): boolean {
  const instant = instantOf(element, moment.zone);
  if (instant === null) return false;
  const { month, dayOfMonth } = calendarOf(localDayOf(instant, moment.zone));
  return anniversaryDays(asked, moment).includes(month * 100 + dayOfMonth);
}

function compareOrder(op: Measure['op'], first: number, second: number): boolean {
  const holds: Record<Measure['op'], boolean> = {
    eq: first === 0,
    ne: first !== 0,
    gt: first > 0,
    gte: first >= 0,
    lt: first < 0,
    lte: first <= 0,
    between: first >= 0 && second <= 0,
  };
  return holds[op];
}

function lower(element: Value): string | null {
  return typeof element === 'string' ? element.toLowerCase() : null;
}

function sign(number: bigint): number {
  return number < 0n ? -1 : number > 0n ? 1 : 0;
}
