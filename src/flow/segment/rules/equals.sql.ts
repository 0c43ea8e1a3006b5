import { type SQL, sql } from 'drizzle-orm';
import { jsonSql, type ValueSql } from './value.sql.ts';
import { isBigint, numberOf, printMillionths, toValue } from './values.ts';

type Asked = string | number | boolean;

/** Equal to any, of one value that is no list: JSON numbers to every asked number, texts to asked JSON numbers and the exact text. */
export function equalsSql(value: ValueSql, asked: Asked[]): SQL {
  if ('whole' in value) return anyOf(value.whole, numbersOf(asked).filter(isBigint), 'bigint');
  if ('number' in value) return anyOf(sql`round(${value.number}, 6)`, numbersOf(asked), 'numeric');
  if ('text' in value && !asked.some((each) => typeof each === 'number'))
    return anyOf(
      value.text,
      asked.filter((each) => typeof each === 'string'),
      'text',
    );
  return equalsJson(jsonSql(value), asked);
}

/** So few are looked for one by one in a value; more by whole values, which are hashed. */
const FEW = 8;

/**
 * The same of a value that may be a list, with its elements, where containment says just that: of texts and booleans.
 * A number has to be rounded first, and may also be written as text. Null where it does not.
 */
export function containsExactly(json: SQL, asked: Asked[]): SQL | null {
  if (asked.length > FEW || numbersOf(asked).length > 0) return null;
  const [first, ...more] = asked.map((each) => JSON.stringify(each));
  return more.length
    ? sql`${json} @> any(${sql.param([first, ...more])}::jsonb[])`
    : sql`${json} @> ${first}::jsonb`;
}

/** The same of an element of a list. */
export function listHasEqual(list: SQL, asked: Asked[]): SQL {
  const { exact, numbers, jsonNumbers } = partsOf(asked);
  return sql`rule_list_has_equal(${list}, ${sql.param(exact)}::jsonb[], ${sql.param(numbers)}::numeric[], ${sql.param(jsonNumbers)}::numeric[])`;
}

function partsOf(asked: Asked[]): { exact: string[]; numbers: string[]; jsonNumbers: string[] } {
  return {
    exact: asked.filter((each) => typeof each !== 'number').map((each) => JSON.stringify(each)),
    numbers: numbersOf(asked),
    jsonNumbers: numbersOf(asked.filter((each) => typeof each === 'number')),
  };
}

function equalsJson(json: SQL, asked: Asked[]): SQL {
  const { exact, numbers, jsonNumbers } = partsOf(asked);
  const parts: SQL[] = [];
  if (exact.length) parts.push(sql`${json} = any(${sql.param(exact)}::jsonb[])`);
  if (numbers.length)
    parts.push(
      sql`jsonb_typeof(${json}) = 'number' and ${anyOf(sql`rule_number(${json})`, numbers, 'numeric')}`,
    );
  if (jsonNumbers.length)
    parts.push(
      sql`jsonb_typeof(${json}) = 'string' and ${anyOf(sql`rule_number(${json})`, jsonNumbers, 'numeric')}`,
    );
  return sql`(${sql.join(parts, sql` or `)})`;
}

/** What is asked, as exact decimal text, where it is a number. */
function numbersOf(asked: Asked[]): string[] {
  return asked
    .filter((each) => typeof each !== 'boolean')
    .map((each) => numberOf(toValue(each)))
    .filter((each) => each !== null)
    .map(printMillionths);
}

function anyOf(value: SQL, asked: string[], type: 'bigint' | 'numeric' | 'text'): SQL {
  const types = { bigint: sql`::bigint`, numeric: sql`::numeric`, text: sql`::text` };
  const [first, ...more] = asked;
  if (first === undefined) return sql`false`;
  if (more.length === 0) return sql`${value} = ${first}${types[type]}`;
  return sql`${value} = any(${sql.param(asked)}${types[type]}[])`;
}
