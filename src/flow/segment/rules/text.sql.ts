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
  const { json, asText } = value;
  const isText = (each: SQL) => sql`jsonb_typeof(${each}) = 'string'`;
  const element = readingsOf(sql`g.element`);
  const inList = sql`exists (select from jsonb_array_elements(${json}) as g (element)
    where ${isText(element.json)} and ${likeSql(asked, element.asText)})`;
  return sql`case when ${json} @> '[]' then ${inList} else ${likeSql(asked, asText)} and ${isText(json)} end`;
}

/**
 * Lower case as JavaScript makes it. In a text of nothing but ASCII only its own capitals have one, which the plain
 * table turns far sooner; not so in others, where even an ASCII letter may come of another one (the Kelvin sign).
 */
function likeSql({ op, value }: Asked, text: SQL): SQL {
  const pattern = PLACES[op](value.toLowerCase().replace(/[\\%_]/g, '\\$&'));
  return sql`case when octet_length(${text}) = length(${text}) then lower(${text} collate "C") like ${pattern}
                  else lower(${text} collate "und-x-icu") like ${pattern} end`;
}
