import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { eventNames, events } from '../db/schema/identify.ts';
import { traitValues } from '../db/schema/profile.ts';

/** How many rows tell the names in use; reading them all would grow with the people. */
const SAMPLE = 20_000;
const MOST = 200;

/** Names of traits that people have, for suggestions while a rule is written. */
export async function listTraitNames(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`select distinct v.name from (
          select t.name from ${traitValues} t where t.workspace_id = ${workspaceId} and t.is_current limit ${SAMPLE}
        ) v order by v.name limit ${MOST}`,
  );
  return rows.map((row) => row.name);
}

export async function listEventNames(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`select n.name from ${eventNames} n where n.workspace_id = ${workspaceId} order by n.name limit ${MOST}`,
  );
  return rows.map((row) => row.name);
}

/** Names of properties of recent events of each name. */
export async function listPropertyNames(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    sql`
    select distinct k.name
      from ${eventNames} n,
           lateral (select e.properties from ${events} e
                     where e.workspace_id = n.workspace_id and e.name_id = n.id
                     order by e.occurred_at desc limit 50) recent,
           lateral jsonb_object_keys(recent.properties) as k (name)
     where n.workspace_id = ${workspaceId}
     order by k.name limit ${MOST}`,
  );
  return rows.map((row) => row.name);
}
