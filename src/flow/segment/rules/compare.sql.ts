import { type SQL, sql } from 'drizzle-orm';
import { readInstant } from '../../../base/local-times.ts';
import { timestampText } from '../../../db/times.ts';
import { anniversaryDays, askedBounds, DENIED, operandsOf } from './compare.ts';
import type { Comparison, Measure } from './comparison.ts';
import type { Moment } from './moments.ts';
import { numberOf, printMillionths, toValue } from './values.ts';
import type { Bounds } from './windows.ts';

/** Where a value stands in SQL: JSON of unknown type, or a typed column. */
export type ValueSql = { json: SQL } | { number: SQL } | { instant: SQL };

const SIGNS = { eq: sql`=`, ne: sql`<>`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };
const FALSE = sql`false`;

/** A comparison as a boolean expression that is never null; `compare` says the same in memory. */
export function compareSql(comparison: Comparison, value: ValueSql, moment: Moment): SQL {
  if (comparison.op === 'set') return sql`(not ${isUnsetSql(value)})`;
  if (comparison.op === 'unset') return isUnsetSql(value);
  const denied = DENIED[comparison.op];
  const asked = denied ? ({ ...comparison, op: denied } as Comparison) : comparison;
  const found = anyElement(value, (element) => elementSql(asked, element, moment));
  return sql`(case when ${isUnsetSql(value)} then ${comparison.unset === 'yes'}::boolean
                   else ${denied ? sql`not ${found}` : found} end)`;
}

/** A number, possibly null, against the numbers of a count or sum; `times` for averages. */
export function measureSql(given: Measure, number: SQL, times: SQL = sql`1`): SQL {
  const [first, second] = operandsOf(given).map((each) => sql`${printMillionths(each)}::numeric * ${times}`);
  return sql`coalesce(${orderSql(given.op, number, first!, second!)}, false)`;
}

export function boundsSql(at: SQL, bounds: Bounds): SQL {
  const parts: SQL[] = [];
  if (bounds.from !== null)
    parts.push(sql`${at} ${bounds.fromIncluded ? SIGNS.gte : SIGNS.gt} ${instantSql(bounds.from)}`);
  if (bounds.to !== null)
    parts.push(sql`${at} ${bounds.fromIncluded ? SIGNS.lt : SIGNS.lte} ${instantSql(bounds.to)}`);
  return parts.length ? sql`(${sql.join(parts, sql` and `)})` : sql`(${at} is not null)`;
}

export function instantSql(instant: number): SQL {
  return sql`${timestampText(instant)}::timestamptz`;
}

function isUnsetSql(value: ValueSql): SQL {
  if ('json' in value) return sql`rule_unset(${value.json})`;
  return 'number' in value ? sql`(${value.number} is null)` : sql`(${value.instant} is null)`;
}

/** Lists are rare, so they are opened only where the value is one. */
function anyElement(value: ValueSql, test: (element: ValueSql) => SQL): SQL {
  if (!('json' in value)) return sql`coalesce(${test(value)}, false)`;
  return sql`(case jsonb_typeof(${value.json})
    when 'array' then exists (select from jsonb_array_elements(${value.json}) as g (element)
                               where ${test({ json: sql`g.element` })})
    else coalesce(${test(value)}, false) end)`;
}

function elementSql(comparison: Comparison, element: ValueSql, moment: Moment): SQL {
  switch (comparison.op) {
    case 'eq':
      return equalsSql(element, [comparison.value]);
    case 'in':
      return equalsSql(element, comparison.value);
    case 'contains':
      return sql`position(${comparison.value.toLowerCase()} in ${lowerSql(element)}) > 0`;
    case 'startsWith':
      return sql`starts_with(${lowerSql(element)}, ${comparison.value.toLowerCase()})`;
    case 'endsWith':
      return sql`right(${lowerSql(element)}, length(${comparison.value.toLowerCase()})) = ${comparison.value.toLowerCase()}`;
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

/** Equal to any: JSON numbers against every asked number, text against asked JSON numbers and the exact text. */
function equalsSql(element: ValueSql, asked: (string | number | boolean)[]): SQL {
  const print = (each: string | number | boolean) => printMillionths(numberOf(toValue(each)) ?? 0n);
  const numbers = asked
    .filter((each) => typeof each !== 'boolean' && numberOf(toValue(each)) !== null)
    .map(print);
  const jsonNumbers = asked.filter((each) => typeof each === 'number').map(print);
  if ('number' in element) return sql`round(${element.number}, 6) = any(${sql.param(numbers)}::numeric[])`;
  const json = jsonSql(element);
  const exact = asked.filter((each) => typeof each !== 'number').map((each) => JSON.stringify(each));
  const parts: SQL[] = [];
  if (exact.length) parts.push(sql`${json} = any(${sql.param(exact)}::jsonb[])`);
  if (numbers.length)
    parts.push(
      sql`jsonb_typeof(${json}) = 'number' and rule_number(${json}) = any(${sql.param(numbers)}::numeric[])`,
    );
  if (jsonNumbers.length)
    parts.push(
      sql`jsonb_typeof(${json}) = 'string' and rule_number(${json}) = any(${sql.param(jsonNumbers)}::numeric[])`,
    );
  return sql`(${sql.join(parts, sql` or `)})`;
}

function inOrderSql(
  op: Measure['op'],
  element: ValueSql,
  asked: [string | number, string | number],
  moment: Moment,
): SQL {
  const numbers = asked.map((each) => numberOf(toValue(each)));
  if (numbers[0] != null && numbers[1] != null) {
    const [first, second] = numbers.map((each) => sql`${printMillionths(each!)}::numeric`);
    return orderSql(op, numberSql(element), first!, second!);
  }
  const instants = asked.map((each) => (typeof each === 'string' ? readInstant(each, moment.zone) : null));
  if (instants[0] == null || instants[1] == null) return FALSE;
  return orderSql(op, atSql(element, moment), instantSql(instants[0]), instantSql(instants[1]));
}

function orderSql(op: Measure['op'], value: SQL, first: SQL, second: SQL): SQL {
  return op === 'between'
    ? sql`(${value} >= ${first} and ${value} <= ${second})`
    : sql`(${value} ${SIGNS[op]} ${first})`;
}

function numberSql(element: ValueSql): SQL {
  if ('number' in element) return sql`round(${element.number}, 6)`;
  return 'json' in element ? sql`rule_number(${element.json})` : sql`null::numeric`;
}

function atSql(element: ValueSql, moment: Moment): SQL {
  if ('instant' in element) return element.instant;
  return 'json' in element ? sql`rule_instant(${element.json}, ${moment.zone})` : sql`null::timestamptz`;
}

function lowerSql(element: ValueSql): SQL {
  return sql`rule_lower(${jsonSql(element)})`;
}

/** A typed column as the JSON it is shown as. */
function jsonSql(element: ValueSql): SQL {
  if ('json' in element) return element.json;
  if ('number' in element) return sql`to_jsonb(${element.number})`;
  return sql`to_jsonb(to_char(${element.instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
}
