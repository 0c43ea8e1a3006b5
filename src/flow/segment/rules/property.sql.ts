import { type SQL, sql } from 'drizzle-orm';
import { type JsonSql, readingsOf } from './value.sql.ts';

/** The values of a JSON object by name. */
export type Properties = (name: string) => JsonSql;

/** Read in place, as often as they are named. */
export function propertiesOf(object: SQL): Properties {
  return (name) => readProperty(object, name);
}

/** Each reading is taken once, however many conditions ask: `share` makes it a column, under that key, and names it. */
export function sharedProperties(object: SQL, share: (key: string, reading: SQL) => SQL): Properties {
  return (name) => {
    const read = readProperty(object, name);
    return {
      inPlace: read.inPlace,
      get json() {
        return share(`json ${name}`, read.json);
      },
      get asText() {
        return share(`text ${name}`, read.asText);
      },
      get asNumber() {
        return share(`number ${name}`, read.asNumber);
      },
    };
  };
}

function readProperty(object: SQL, name: string): JsonSql {
  const read = readingsOf(propertySql(object, name));
  return name.includes('.') ? read : { ...read, asText: sql`(${object} ->> ${name}::text)` };
}

/** A name in JSON, whole or as a path. Names are parameters, never part of the statement. */
function propertySql(object: SQL, name: string): SQL {
  if (!name.includes('.')) return sql`(${object} -> ${name}::text)`;
  const path = `$${name
    .split('.')
    .map((part) => `.${JSON.stringify(part)}`)
    .join('')}`;
  return sql`rule_path(${object}, ${name}::text, ${path}::jsonpath)`;
}
