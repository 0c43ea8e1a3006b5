import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { eventNames, events } from '../db/schema/identify.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { facts } from '../db/schema/score.ts';

export type CommonValue = { value: string; count: number };

/** The newest of so many people or events tell which values are common; reading all would grow with the business. */
export const LOOKED_AT = 1_000;
const MOST = 20;
/** Longer texts are sentences, which nobody chooses from a list. */
const LONGEST = 100;

/** The most common values of each trait, among some of the people. Served by the primary key. */
export async function listTraitValues(
  db: Db,
  workspaceId: string,
  names: string[],
): Promise<Map<string, CommonValue[]>> {
  const some = sql`
    select t.workspace_id, t.traits from ${profileTraits} t where t.workspace_id = ${workspaceId}
     order by t.profile_id desc limit ${LOOKED_AT}`;
  return await listCommon(
    db,
    workspaceId,
    sql`select s.workspace_id, n.name, s.traits -> n.name as value
          from (${some}) s cross join unnest(${sql.param(names)}::text[]) as n (name)`,
  );
}

/** The same of properties, among recent events of one name; `value` is the money value, which is no word to choose. */
export async function listPropertyValues(
  db: Db,
  workspaceId: string,
  asked: { event: string; properties: string[] },
): Promise<Map<string, CommonValue[]>> {
  const some = sql`
    select e.workspace_id, e.properties from ${events} e
     where e.workspace_id = ${workspaceId}
       and e.name_id = (select n.id from ${eventNames} n where n.workspace_id = ${workspaceId} and n.name = ${asked.event} limit 1)
     order by e.occurred_at desc limit ${LOOKED_AT}`;
  return await listCommon(
    db,
    workspaceId,
    sql`select s.workspace_id, n.name, s.properties -> n.name as value
          from (${some}) s cross join unnest(${sql.param(asked.properties)}::text[]) as n (name)`,
  );
}

/** And of the facts that are words. */
export async function listFactValues(db: Db, workspaceId: string): Promise<Map<string, CommonValue[]>> {
  const some = sql`
    select f.workspace_id, f.rfm_group, f.lifecycle, f.first_channel, f.last_channel from ${facts} f
     where f.workspace_id = ${workspaceId} order by f.profile_id desc limit ${LOOKED_AT}`;
  return await listCommon(
    db,
    workspaceId,
    sql`select s.workspace_id, w.name, to_jsonb(w.value) as value from (${some}) s cross join lateral (
          values ('rfm_group', s.rfm_group), ('lifecycle', s.lifecycle),
                 ('first_channel', s.first_channel), ('last_channel', s.last_channel)) as w (name, value)`,
  );
}

/** Values of `named` (name, value as JSON): texts, numbers and truths, each element of a list for itself. */
async function listCommon(db: Db, workspaceId: string, named: SQL): Promise<Map<string, CommonValue[]>> {
  const rows = await rowsOf<{ name: string; value: string; count: string }>(
    db,
    sql`
    select r.name, r.value, r.count from (
      select v.name, e.value #>> '{}' as value, count(*) as count,
             row_number() over (partition by v.name order by count(*) desc, e.value #>> '{}') as place
        from (${named}) v
        cross join lateral jsonb_array_elements(case jsonb_typeof(v.value) when 'array' then v.value else jsonb_build_array(v.value) end) as e (value)
       where v.workspace_id = ${workspaceId} and jsonb_typeof(e.value) in ('string', 'number', 'boolean')
         and length(e.value #>> '{}') between 1 and ${LONGEST}
       group by v.name, e.value #>> '{}') r
     where r.place <= ${MOST} order by r.name, r.count desc, r.value`,
  );
  const byName = Map.groupBy(rows, ({ name }) => name);
  return new Map(
    [...byName].map(([name, some]) => [
      name,
      some.map(({ value, count }) => ({ value, count: Number(count) })),
    ]),
  );
}
