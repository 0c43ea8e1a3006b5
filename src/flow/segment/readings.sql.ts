import { type SQL, sql } from 'drizzle-orm';
import { digits } from '../../db/digits.ts';
import { type Properties, sharedProperties } from './rules/property.sql.ts';

/** Columns that are computed once a row of a subquery, by what they are. */
export type Readings = Map<string, SQL>;

export function propertiesIn(object: SQL, row: SQL, read: Readings): Properties {
  return sharedProperties(object, (key, reading) => {
    if (!read.has(key)) read.set(key, reading);
    return sql`${row}.${aliasOf('r', [...read.keys()].indexOf(key))}`;
  });
}

export function readingsSql(read: Readings): SQL {
  return sql.join(
    [...read.values()].map((reading, index) => sql`${reading} as ${aliasOf('r', index)}`),
    sql`, `,
  );
}

/**
 * An order of rows that are all alike in it: nothing is sorted, but the planner keeps such a subquery as it is, and
 * its columns are computed once a row. Else it writes each expression wherever the column is named.
 */
export function keptWhole(constant: SQL): SQL {
  return sql`order by ${constant}`;
}

/** Aliases are a letter of ours and a number. */
export function aliasOf(letter: 'j' | 'e' | 'c' | 'r', index: number): SQL {
  const letters = { j: sql`j`, e: sql`e`, c: sql`c`, r: sql`r` };
  return sql`${letters[letter]}${digits(index)}`;
}
