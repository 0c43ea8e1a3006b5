import { type SQL, sql } from 'drizzle-orm';

/** A name in JSON, whole or as a path. Names are parameters, never part of the statement. */
export function propertySql(object: SQL, name: string): SQL {
  if (!name.includes('.')) return sql`(${object} -> ${name}::text)`;
  const path = `$${name
    .split('.')
    .map((part) => `.${JSON.stringify(part)}`)
    .join('')}`;
  return sql`rule_path(${object}, ${name}::text, ${path}::jsonpath)`;
}
