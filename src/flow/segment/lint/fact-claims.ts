import { DENIED } from '../rules/compare.ts';
import type { Comparison } from '../rules/comparison.ts';
import { FACTS, type FactName } from '../rules/fact-names.ts';
import type { Moment } from '../rules/moments.ts';
import { numberOf, toValue } from '../rules/values.ts';
import type { Claim } from './claims.ts';
import {
  both,
  except,
  NOTHING,
  NUMBERS,
  only,
  orUnset,
  type Possible,
  point,
  type Range,
} from './possible.ts';
import { dateRange, isOrdered, numberRange, operandsOf } from './ranges.ts';

const COUNT: Range = { from: 0n, to: null };
const SCORE: Range = { from: 1_000_000n, to: 5_000_000n };
/** What these can be at all. Net revenue may be negative: more was refunded than bought in the time known. */
const RANGES: Partial<Record<FactName, Range>> = {
  orders: COUNT,
  sessions: COUNT,
  page_views: COUNT,
  emails_sent: COUNT,
  emails_opened: COUNT,
  emails_clicked: COUNT,
  rfm_r: SCORE,
  rfm_f: SCORE,
  rfm_m: SCORE,
};
/** Told by events, of which only those up to the moment count. */
const PAST: FactName[] = ['first_order_at', 'last_order_at', 'last_opened_at'];

/** What a condition over a number or a date among the facts says of it. Text facts are compared like traits. */
export function factClaims(
  name: FactName,
  comparison: Comparison,
  moment: Moment,
  isDenied: boolean,
): Claim[] {
  const domain = domainOf(name, moment);
  const asked = askedOf(name, comparison, moment);
  if (!asked) return [];
  const possible = both(
    domain,
    comparison.unset === 'yes' && comparison.op !== 'set' ? orUnset(asked) : asked,
  );
  return [{ subject: `fact:${name}`, possible: isDenied ? except(domain, possible) : possible }];
}

/** Half a dozen facts are 0 where nothing is known; the others are not set then. */
function domainOf(name: FactName, moment: Moment): Possible {
  const latest = BigInt(moment.asOf.getTime()) * 1000n + 999n;
  const range = PAST.includes(name) ? { from: null, to: latest } : (RANGES[name] ?? NUMBERS);
  return 'absent' in FACTS[name] ? only(range) : orUnset(only(range));
}

/** The values that satisfy it; null where letters are compared with a date's. */
function askedOf(name: FactName, comparison: Comparison, moment: Moment): Possible | null {
  if (comparison.op === 'set') return only(NUMBERS);
  if (comparison.op === 'unset') return orUnset(NOTHING);
  if (FACTS[name].type === 'instant') return datesOf(comparison, moment);
  const denial = DENIED[comparison.op];
  const asked = only(...numbersOf(comparison));
  return denial ? except(only(NUMBERS), asked) : asked;
}

function datesOf(comparison: Comparison, moment: Moment): Possible | null {
  const range = dateRange(comparison, moment);
  if (range) return only(...range);
  return isOrdered(comparison) ? NOTHING : null;
}

/** Of a denial, what it denies. Numbers are not dates, have no letters and are neither true nor false. */
function numbersOf(comparison: Comparison): Range[] {
  const range = numberRange(comparison);
  if (range) return range;
  if (!['eq', 'ne', 'in', 'notIn'].includes(comparison.op)) return [];
  const named = operandsOf(comparison).flatMap((each) => numberOf(toValue(each)) ?? []);
  return [...new Set(named)].sort((a, b) => (a < b ? -1 : 1)).map(point);
}
