import { type SQL, sql } from 'drizzle-orm';
import { jsonSql, readingsOf, type ValueSql } from './value.sql.ts';

const PLACES = {
  contains: (text: string) => `%${text}%`,
  startsWith: (text: string) => `${text}%`,
  endsWith: (text: string) => `%${text}`,
};
type Asked = { op: keyof typeof PLACES; value: string };

/**
 * Does a text, or one in a list, hold the asked one, whatever its capitals? Whether it is a text at all is asked last,
 * of the few that are left: naming the type costs more than the rest.
 */
export function textSql(asked: Asked, value: ValueSql): SQL {
  if ('text' in value) return likeSql(asked, value.text);
  if (!('json' in value)) return textSql(asked, readingsOf(jsonSql(value)));
  const { inPlace, asText } = value;
  return sql`case when ${asText} like '[%' and ${inPlace} @> '[]' then rule_list_has_text(${inPlace}, ${patternOf(asked)})
                  else ${likeSql(asked, asText)} and jsonb_typeof(${inPlace}) = 'string' end`;
}

function patternOf({ op, value }: Asked): string {
  return PLACES[op](escaped(value.toLowerCase()));
}

/**
 * Lower case as JavaScript makes it. In a text of nothing but ASCII only its own capitals have one, which the plain
 * table turns far sooner; not so in others, where even an ASCII letter may come of another one (the Kelvin sign).
 */
function likeSql(asked: Asked, text: SQL): SQL {
  const sought = asked.value.toLowerCase();
  const pattern = patternOf(asked);
  const like = sql`case when octet_length(${text}) = length(${text}) then lower(${text} collate "C") like ${pattern}
                        else lower(${text} collate "und-x-icu") like ${pattern} end`;
  return isAscii(sought) ? sql`(${text} like ${PLACES[asked.op](outlineOf(sought))} and ${like})` : like;
}

/**
 * The pattern of what has no case, with room for each letter: a cheap look that most texts fail. An ASCII letter is
 * the lower case of one letter, or the end of what is sought is the first half of one (of the Turkish İ).
 */
function outlineOf(sought: string): string {
  return escaped(sought).replace(/[a-z]/g, '_');
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
