import { compare, DENIED } from '../rules/compare.ts';
import type { Comparison } from '../rules/comparison.ts';
import type { Moment } from '../rules/moments.ts';
import { instantOf, numberOf, toValue, type Value } from '../rules/values.ts';
import { both, isImpossible, only, type Possible, type Range } from './possible.ts';
import { dateRange, isOrdered, numberRange, operandsOf } from './ranges.ts';

/**
 * Can no value that is set satisfy all of these? `true` is sure; where the answer is not simple, `false`. In a list
 * any element may match a comparison, so there only what denies (is not, is none of) binds every element.
 */
export function isConflict(comparisons: Comparison[], moment: Moment, options: ListOrNot): boolean {
  const asked = comparisons.filter(({ op }) => op !== 'set');
  if (!options.isList) return isUnsatisfiable(asked, moment, options);
  const denying = asked.filter(({ op }) => DENIED[op]);
  return asked
    .filter(({ op }) => !DENIED[op])
    .some((one) => isUnsatisfiable([one, ...denying], moment, options));
}

type ListOrNot = { isList: boolean };

function isUnsatisfiable(asked: Comparison[], moment: Moment, { isList }: ListOrNot): boolean {
  const candidates = candidatesOf(asked);
  // An empty text is no value, and yet an element of a list.
  const heldIn = (element: Value) => (isList ? [element] : element);
  if (candidates)
    return !candidates.some((element) =>
      asked.every((one) => mayMatch(one, element, heldIn(element), moment)),
    );
  return (
    asked.some((one) => isOrdered(one) && !hasOrder(one, moment)) ||
    isRangeEmpty(asked, moment) ||
    isTextImpossible(asked) ||
    hasTwoTypes(asked, moment)
  );
}

/** The values that one of them names; null when none does. */
function candidatesOf(asked: Comparison[]): Value[] | null {
  const naming = asked.find(({ op }) => op === 'eq' || op === 'in');
  if (naming?.op === 'eq') return [toValue(naming.value)];
  return naming?.op === 'in' ? naming.value.map(toValue) : null;
}

/** A number stands for every way of writing it, so what looks at letters may match some of them. */
function mayMatch(one: Comparison, element: Value, value: Value, moment: Moment): boolean {
  const asSet = { ...one, unset: 'no' } as Comparison;
  if (numberOf(element) === null) return compare(asSet, value, moment);
  return looksAtLetters(one) || compare(asSet, numberOf(element)!, moment);
}

function looksAtLetters(one: Comparison): boolean {
  if (['contains', 'notContains', 'startsWith', 'endsWith'].includes(one.op)) return true;
  if (!['eq', 'ne', 'in', 'notIn'].includes(one.op)) return false;
  return [one.value].flat().some((each) => typeof each !== 'number');
}

function hasOrder(one: Comparison, moment: Moment): boolean {
  const values = operandsOf(one).map(toValue);
  return (
    values.every((each) => numberOf(each) !== null) ||
    values.every((each) => instantOf(each, moment.zone) !== null)
  );
}

function isRangeEmpty(asked: Comparison[], moment: Moment): boolean {
  const numbers = meeting(asked.map(numberRange));
  const dates = meeting(asked.map((one) => dateRange(one, moment)));
  const denied = asked.flatMap((one) =>
    one.op === 'ne' && typeof one.value === 'number' ? [numberOf(toValue(one.value))!] : [],
  );
  // At least 5, at most 5, and not 5.
  const isDenied = numbers?.ranges.every(
    ({ from, to }) => from !== null && from === to && denied.includes(from),
  );
  return isDenied === true || (dates !== null && isImpossible(dates));
}

/** What lies in all of them; null when there is none. */
function meeting(all: (Range[] | null)[]): Possible | null {
  const [first, ...rest] = all.filter((one) => one !== null).map((one) => only(...one));
  return first ? rest.reduce(both, first) : null;
}

function isTextImpossible(asked: Comparison[]): boolean {
  const parts = asked.flatMap((one) =>
    one.op === 'startsWith' || one.op === 'endsWith' || one.op === 'contains'
      ? [{ op: one.op, text: one.value.toLowerCase() }]
      : [],
  );
  const denied = asked.flatMap((one) => (one.op === 'notContains' ? [one.value.toLowerCase()] : []));
  if (parts.some(({ text }) => denied.some((each) => text.includes(each)))) return true;
  return parts.some((a) => parts.some((b) => a.op === b.op && isElsewhere(a.op, a.text, b.text)));
}

function isElsewhere(op: string, a: string, b: string): boolean {
  if (op === 'startsWith') return !a.startsWith(b) && !b.startsWith(a);
  return op === 'endsWith' && !a.endsWith(b) && !b.endsWith(a);
}

/** No value is a number and a date, true and false. */
function hasTwoTypes(asked: Comparison[], moment: Moment): boolean {
  const types = asked.flatMap((one) => {
    if (one.op === 'true' || one.op === 'false') return [one.op];
    if (numberRange(one)) return ['number'];
    return dateRange(one, moment) || one.op === 'anniversary' ? ['date'] : [];
  });
  return new Set(types).size > 1;
}
