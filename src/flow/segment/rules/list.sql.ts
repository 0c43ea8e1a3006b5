import { type SQL, sql } from 'drizzle-orm';
import { type Asked, anniversaryDays, askedBounds, askedSides } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { listHasEqual } from './equals.sql.ts';
import type { Moment } from './moments.ts';
import { instantSql } from './value.sql.ts';
import { printMillionths } from './values.ts';

type Order = 'gt' | 'gte' | 'lt' | 'lte' | 'between';
type Side<T> = { at: T; isIn: boolean } | null;

/**
 * Does an element of a JSON list satisfy a comparison? By functions: a subquery about the row it stands in keeps
 * PostgreSQL from sharing a statement among processes. Texts and truths look into lists by themselves.
 */
export function inListSql(comparison: Comparison, list: SQL, moment: Moment): SQL {
  switch (comparison.op) {
    case 'eq':
    case 'in':
      return listHasEqual(list, [comparison.value].flat());
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return orderSql(comparison.op, list, [comparison.value, comparison.value], moment);
    case 'between':
      return orderSql('between', list, comparison.value, moment);
    case 'anniversary':
      return sql`rule_list_has_day(${list}, ${moment.zone}, ${sql.param(anniversaryDays(comparison.value, moment))}::integer[])`;
    default: {
      const bounds = askedBounds(comparison, moment);
      if (!bounds) return sql`false`;
      const { from, to, fromIncluded } = bounds;
      const low = from === null ? null : { at: from, isIn: fromIncluded };
      return hasInstant(list, moment, low, to === null ? null : { at: to, isIn: !fromIncluded });
    }
  }
}

function orderSql(op: Order, list: SQL, asked: Asked, moment: Moment): SQL {
  const sides = askedSides(asked, moment);
  if (!sides) return sql`false`;
  return 'numbers' in sides
    ? hasNumber(list, ...rangeOf(op, sides.numbers))
    : hasInstant(list, moment, ...rangeOf(op, sides.instants));
}

function rangeOf<T>(op: Order, [first, second]: [T, T]): [Side<T>, Side<T>] {
  const low = op === 'lt' || op === 'lte' ? null : { at: first, isIn: op !== 'gt' };
  const high = op === 'gt' || op === 'gte' ? null : { at: second, isIn: op !== 'lt' };
  return [low, high];
}

function hasNumber(list: SQL, low: Side<bigint>, high: Side<bigint>): SQL {
  const numberSql = (side: Side<bigint>) => sql`${side && printMillionths(side.at)}::numeric`;
  return sql`rule_list_has_number(${list}, ${numberSql(low)}, ${numberSql(high)}, ${isIn(low)}, ${isIn(high)})`;
}

function hasInstant(list: SQL, { zone }: Moment, low: Side<number>, high: Side<number>): SQL {
  const atSql = (side: Side<number>) => (side ? instantSql(side.at) : sql`null::timestamptz`);
  return sql`rule_list_has_instant(${list}, ${zone}, ${atSql(low)}, ${atSql(high)}, ${isIn(low)}, ${isIn(high)})`;
}

function isIn(side: Side<unknown>): SQL {
  return side?.isIn ? sql`true` : sql`false`;
}
