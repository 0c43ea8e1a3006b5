import { type SQL, sql } from 'drizzle-orm';
import { timestampText } from '../../../db/times.ts';
import type { Moment } from './moments.ts';

/**
 * Where a value stands in SQL: JSON of unknown type, or a typed column. A column is compared by its own type: numeric
 * and JSON calls are most of what a pass over everyone costs (measured: a third of the time without them).
 */
export type ValueSql = JsonSql | { text: SQL } | { whole: SQL } | { number: SQL } | { instant: SQL };

/**
 * JSON and how it is read: as text (of a text its own, of all else how it prints), as a number where it is one. Where
 * the readings are shared, `inPlace` is not: for what is seldom looked at.
 */
export type JsonSql = { json: SQL; asText: SQL; asNumber: SQL; inPlace: SQL };

/** Read in place, as often as it is named. */
export function readingsOf(json: SQL): JsonSql {
  return { json, asText: sql`(${json} #>> '{}')`, asNumber: sql`rule_number(${json})`, inPlace: json };
}

/** Never null. */
export function isUnsetSql(value: ValueSql): SQL {
  if ('json' in value) return sql`rule_unset(${value.json})`;
  if ('text' in value) return sql`(coalesce(${value.text}, '') = '')`;
  if ('instant' in value) return sql`(${value.instant} is null)`;
  return sql`(${'whole' in value ? value.whole : value.number} is null)`;
}

export function numberSql(value: ValueSql): SQL {
  if ('whole' in value) return value.whole;
  if ('number' in value) return sql`round(${value.number}, 6)`;
  if ('json' in value) return value.asNumber;
  return 'instant' in value ? sql`null::numeric` : sql`rule_number(${jsonSql(value)})`;
}

export function atSql(value: ValueSql, moment: Moment): SQL {
  if ('instant' in value) return value.instant;
  if ('json' in value || 'text' in value) return sql`rule_instant(${jsonSql(value)}, ${moment.zone})`;
  return sql`null::timestamptz`;
}

/** A typed column as the JSON it is shown as. */
export function jsonSql(value: ValueSql): SQL {
  if ('json' in value) return value.json;
  if ('text' in value) return sql`to_jsonb(${value.text})`;
  if ('whole' in value) return sql`to_jsonb(${value.whole})`;
  if ('number' in value) return sql`to_jsonb(${value.number})`;
  return sql`to_jsonb(to_char(${value.instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
}

export function instantSql(instant: number): SQL {
  return sql`${timestampText(instant)}::timestamptz`;
}
