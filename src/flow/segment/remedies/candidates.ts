import { localDayOf, startOfDay } from '../../../base/local-times.ts';
import { askedBounds } from '../rules/compare.ts';
import type { Comparison, Measure } from '../rules/comparison.ts';
import type { Moment } from '../rules/moments.ts';
import { instantOf, numberOf, toValue, type Value } from '../rules/values.ts';

const ONE = 1_000_000n;
const DAY_MS = 86_400_000;

/**
 * Values that may turn a comparison, the likeliest first. They are tried by the evaluator and never trusted, so this
 * may err on the side of too many.
 */
export function candidateValues(comparison: Comparison, moment: Moment): Value[] {
  const asked = [comparison.value].flat().map(toValue);
  const scalars = asked.filter((each) => typeof each !== 'object');
  return [
    ...scalars,
    ...scalars.flatMap((each) => near(each, moment)),
    ...datesFor(comparison, moment),
    'something else',
    true,
    false,
    null,
  ];
}

/** Numbers that may turn a measure: the ones asked for, and a little more or less. */
export function candidateNumbers(measure: Measure): bigint[] {
  const asked = [measure.value].flat().flatMap((each) => numberOf(toValue(each)) ?? []);
  return [...asked, ...asked.map((each) => each + ONE), ...asked.map((each) => each - ONE)];
}

function near(value: Value, { zone }: Moment): Value[] {
  const number = numberOf(value);
  if (number !== null) return [number + ONE, number - ONE];
  const at = instantOf(value, zone);
  return at === null ? [] : [iso(at), iso(at + DAY_MS), iso(at - DAY_MS)];
}

function datesFor(comparison: Comparison, moment: Moment): Value[] {
  if (comparison.op === 'anniversary') {
    const today = localDayOf(moment.asOf.getTime(), moment.zone);
    return [0, 1, 180].map((days) => iso(startOfDay(today + days, moment.zone)));
  }
  const bounds = askedBounds(comparison, moment);
  const ends = bounds ? [bounds.to, bounds.from].filter((each) => each !== null) : [];
  return ends.flatMap((end) => [iso(end), iso(end - 1), iso(end + 1)]);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
