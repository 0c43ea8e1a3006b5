import { askedBounds } from '../rules/compare.ts';
import type { Comparison, Measure } from '../rules/comparison.ts';
import type { Moment } from '../rules/moments.ts';
import { instantOf, numberOf, toValue } from '../rules/values.ts';
import type { Bounds } from '../rules/windows.ts';
import { NUMBERS, type Range } from './possible.ts';

const ORDERED = ['gt', 'gte', 'lt', 'lte', 'between'];

/** gt, gte, lt, lte, between: they compare numbers with numbers and dates with dates. */
export function isOrdered({ op }: Pick<Comparison, 'op'>): boolean {
  return ORDERED.includes(op);
}

export function operandsOf(comparison: { op: string; value?: unknown }): unknown[] {
  return Array.isArray(comparison.value) ? comparison.value : [comparison.value];
}

/** The numbers (in millionths) that an ordered comparison with numbers takes; null when it is none. */
export function numberRange(comparison: Comparison): Range[] | null {
  if (!isOrdered(comparison)) return null;
  const values = operandsOf(comparison).map((each) => numberOf(toValue(each)));
  return values.some((each) => each === null) ? null : rangesOf(comparison.op, values as bigint[]);
}

/** The instants (in microseconds) that a comparison with dates takes; null when it is none. */
export function dateRange(comparison: Comparison, moment: Moment): Range[] | null {
  const bounds = askedBounds(comparison, moment);
  if (bounds) return boundsRange(bounds);
  if (!isOrdered(comparison) || numberRange(comparison)) return null;
  const values = operandsOf(comparison).map((each) => instantOf(toValue(each), moment.zone));
  if (values.some((each) => each === null)) return null;
  return rangesOf(
    comparison.op,
    values.map((each) => BigInt(each!) * 1000n),
  );
}

export function measureRange(measure: Measure): Range[] {
  return rangesOf(
    measure.op,
    operandsOf(measure).map((each) => numberOf(toValue(each)) ?? 0n),
  );
}

export function boundsRange({ from, to, fromIncluded }: Bounds): Range[] {
  const start = from === null ? null : BigInt(from) * 1000n + (fromIncluded ? 0n : 1n);
  const end = to === null ? null : BigInt(to) * 1000n - (fromIncluded ? 1n : 0n);
  return start !== null && end !== null && start > end ? [] : [{ from: start, to: end }];
}

function rangesOf(op: string, [first = 0n, second = first]: bigint[]): Range[] {
  switch (op) {
    case 'eq':
      return [{ from: first, to: first }];
    case 'ne':
      return [
        { from: null, to: first - 1n },
        { from: first + 1n, to: null },
      ];
    case 'gt':
      return [{ from: first + 1n, to: null }];
    case 'gte':
      return [{ from: first, to: null }];
    case 'lt':
      return [{ from: null, to: first - 1n }];
    case 'lte':
      return [{ from: null, to: first }];
    case 'between':
      return first > second ? [] : [{ from: first, to: second }];
    default:
      return [NUMBERS];
  }
}
