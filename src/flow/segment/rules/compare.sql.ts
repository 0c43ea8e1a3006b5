import { type SQL, sql } from 'drizzle-orm';
import { type Asked, anniversaryDays, askedBounds, askedSides, DENIED, operandsOf } from './compare.ts';
import type { Comparison, Measure } from './comparison.ts';
import { containsExactly, equalsSql } from './equals.sql.ts';
import { inListSql } from './list.sql.ts';
import type { Moment } from './moments.ts';
import { textSql } from './text.sql.ts';
import {
  atSql,
  instantSql,
  isUnsetSql,
  type JsonSql,
  jsonSql,
  numberSql,
  type ValueSql,
} from './value.sql.ts';
import { isBigint, printMillionths } from './values.ts';
import type { Bounds } from './windows.ts';

const SIGNS = { eq: sql`=`, ne: sql`<>`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };
const FALSE = sql`false`;

/** A comparison as a boolean expression that is never null; `compare` says the same in memory. */
export function compareSql(comparison: Comparison, value: ValueSql, moment: Moment): SQL {
  const unset = isUnsetSql(value);
  if (comparison.op === 'set') return sql`(not ${unset})`;
  if (comparison.op === 'unset') return unset;
  const denied = DENIED[comparison.op];
  const asked = denied ? ({ ...comparison, op: denied } as Comparison) : comparison;
  const found = foundSql(asked, value, moment);
  if (comparison.unset === 'yes') return sql`(${unset} or ${denied ? sql`not ${found}` : found})`;
  if (denied) return sql`(not (${unset} or ${found}))`;
  return asksForEmpty(comparison) ? sql`(not ${unset} and ${found})` : found;
}

/** A number, possibly null, against the numbers of a sum; `times` for averages. */
export function measureSql(given: Measure, number: SQL, times?: SQL): SQL {
  const [first, second] = operandsOf(given).map((each) =>
    times ? sql`${printMillionths(each)}::numeric * ${times}` : sql`${printMillionths(each)}::numeric`,
  );
  return sql`coalesce(${orderSql(given.op, number, first!, second!)}, false)`;
}

/** A count, never null, against the numbers asked. */
export function countedSql(given: Measure, count: SQL): SQL {
  const [first, second] = operandsOf(given).map((each) => operandSql(each, { isWhole: true }));
  return orderSql(given.op, count, first!, second!);
}

export function boundsSql(at: SQL, bounds: Bounds): SQL {
  const parts: SQL[] = [];
  if (bounds.from !== null)
    parts.push(sql`${at} ${bounds.fromIncluded ? SIGNS.gte : SIGNS.gt} ${instantSql(bounds.from)}`);
  if (bounds.to !== null)
    parts.push(sql`${at} ${bounds.fromIncluded ? SIGNS.lt : SIGNS.lte} ${instantSql(bounds.to)}`);
  return parts.length ? sql`(${sql.join(parts, sql` and `)})` : sql`(${at} is not null)`;
}

/** Nothing can only be found where an empty text is asked for; all else is false of it, or null. */
function asksForEmpty({ value }: Comparison): boolean {
  return value === '' || (Array.isArray(value) && value.some((each) => each === ''));
}

/** Never null. Lists are rare: they are opened last, and only where the value is one, of which no test holds itself. */
function foundSql(comparison: Comparison, value: ValueSql, moment: Moment): SQL {
  const test = (one: ValueSql) => elementSql(comparison, one, moment);
  if (!('json' in value)) return sql`coalesce(${test(value)}, false)`;
  const whole = wholeSql(comparison, value);
  if (whole) return sql`coalesce(${whole}, false)`;
  return sql`(coalesce(${test(value)}, false) or (${value.json} @> '[]' and ${inListSql(comparison, value.json, moment)}) is true)`;
}

/** A test that sees to lists itself. */
function wholeSql(comparison: Comparison, value: JsonSql): SQL | null {
  switch (comparison.op) {
    case 'eq':
    case 'in':
      return containsExactly(value.json, [comparison.value].flat());
    case 'true':
      return containsExactly(value.json, [true, 'true']);
    case 'false':
      return containsExactly(value.json, [false, 'false']);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return textSql(comparison, value);
    default:
      return null;
  }
}

function elementSql(comparison: Comparison, element: ValueSql, moment: Moment): SQL {
  switch (comparison.op) {
    case 'eq':
      return equalsSql(element, [comparison.value]);
    case 'in':
      return equalsSql(element, comparison.value);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return textSql(comparison, element);
    case 'true':
      return sql`${jsonSql(element)} in ('true'::jsonb, '"true"'::jsonb)`;
    case 'false':
      return sql`${jsonSql(element)} in ('false'::jsonb, '"false"'::jsonb)`;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return inOrderSql(comparison.op, element, [comparison.value, comparison.value], moment);
    case 'between':
      return inOrderSql('between', element, comparison.value, moment);
    case 'anniversary':
      return sql`rule_month_day(${atSql(element, moment)}, ${moment.zone}) = any(${sql.param(anniversaryDays(comparison.value, moment))}::integer[])`;
    default: {
      const bounds = askedBounds(comparison, moment);
      return bounds ? boundsSql(atSql(element, moment), bounds) : FALSE;
    }
  }
}

function inOrderSql(op: Measure['op'], element: ValueSql, asked: Asked, moment: Moment): SQL {
  const sides = askedSides(asked, moment);
  if (!sides) return FALSE;
  const [first, second] =
    'numbers' in sides
      ? sides.numbers.map((each) => operandSql(each, { isWhole: 'whole' in element }))
      : sides.instants.map(instantSql);
  return orderSql(op, 'numbers' in sides ? numberSql(element) : atSql(element, moment), first!, second!);
}

/** Whole numbers are compared as such, far cheaper; what is asked may still be 2.5, or beyond them. */
function operandSql(millionths: bigint, { isWhole }: { isWhole: boolean }): SQL {
  const number = printMillionths(millionths);
  return isWhole && isBigint(number) ? sql`${number}::bigint` : sql`${number}::numeric`;
}

function orderSql(op: Measure['op'], value: SQL, first: SQL, second: SQL): SQL {
  return op === 'between'
    ? sql`(${value} >= ${first} and ${value} <= ${second})`
    : sql`(${value} ${SIGNS[op]} ${first})`;
}
