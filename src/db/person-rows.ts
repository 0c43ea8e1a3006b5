import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from './pool.ts';

/** Whose rows: every profile id the person ever had, and the things sources said of them. */
export type PersonKeys = { workspaceId: string; profileIds: string[]; subjects: string[] };

/**
 * Everything kept of one person, by table. Tables are found in the catalog by their columns, so that a new one is
 * never forgotten; their names come from there and are quoted.
 */
export async function readPersonRows(db: Db, keys: PersonKeys): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const { table, column } of await listPersonTables(db)) {
    const rows = await rowsOf<{ row: unknown }>(
      db,
      sql`select to_jsonb(t) as row from ${sql.identifier(table)} t
           where t.workspace_id = ${keys.workspaceId} and t.${sql.identifier(column)} = any(${sql.param(valuesOf(keys, column))}::uuid[])`,
    );
    if (rows.length > 0) found[table] = [...(found[table] ?? []), ...rows.map(({ row }) => row)];
  }
  return found;
}

/** Deletes the rows of every table that holds a profile id. Returns how many went, by table: the receipt. */
export async function deletePersonRows(db: Db, keys: PersonKeys): Promise<Record<string, number>> {
  const receipt: Record<string, number> = {};
  for (const { table, column } of await listPersonTables(db)) {
    if (column !== 'profile_id') continue;
    const rows = await rowsOf(
      db,
      sql`delete from ${sql.identifier(table)} t
           where t.workspace_id = ${keys.workspaceId} and t.profile_id = any(${sql.param(keys.profileIds)}::uuid[])
          returning 1`,
    );
    if (rows.length > 0) receipt[table] = rows.length;
  }
  return receipt;
}

/** A table that has both columns is found by its profile. `profiles` names the person in its id. */
async function listPersonTables(db: Db): Promise<{ table: string; column: string }[]> {
  return await rowsOf<{ table: string; column: string }>(
    db,
    sql`select c.relname as table, min(case when c.relname = 'profiles' then 'id' else a.attname end) as column
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
          join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
         where c.relkind in ('r', 'p')
           and ((a.attname in ('profile_id', 'subject') and a.atttypid = 'uuid'::regtype)
                or (c.relname = 'profiles' and a.attname = 'id'))
         group by c.relname
         order by c.relname`,
  );
}

function valuesOf(keys: PersonKeys, column: string): string[] {
  return column === 'subject' ? keys.subjects : keys.profileIds;
}
