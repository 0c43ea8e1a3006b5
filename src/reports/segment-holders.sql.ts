import { type SQL, sql } from 'drizzle-orm';
import { withoutLoops } from '../db/planning.ts';
import { type Db, rowsOf } from '../db/pool.ts';
import { eventNames, events, profiles, records } from '../db/schema/identify.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { facts } from '../db/schema/score.ts';

/** A thing, and the places of the people looked at who have it. */
export type Thing = { name: string; value: string; who: number[] };

/** Who is looked at. `isMost`: nearly everyone, so that whole tables are read instead of one person after another. */
export type LookedAt = { workspaceId: string; ids: string[]; isMost: boolean };

/** Of one kind; beyond it come things that hardly anybody has. */
const MOST_OF_A_KIND = 2_000;
/** Words of a value; longer ones are texts, not kinds. */
const LONGEST_VALUE = 100;
/** Who somebody is, rather than what kind of person. */
const NAMES = ['email', 'phone', 'name', 'firstName', 'lastName', 'first_name', 'last_name', 'username'];
/** Of an order, not of what was bought. */
const NOT_PRODUCTS = ['order_id', 'orderId', 'payment_id', 'checkout_id', 'currency', 'url', 'email'];

/** Traits that are words or yes and no. Served by the primary key of profile_traits. */
export async function readTraits(db: Db, people: LookedAt): Promise<Thing[]> {
  return await readHolders(
    db,
    people,
    sql`select p.id, t.name, t.value #>> '{}' as value
          from ${setOf(people)} p
          join ${profileTraits} f on f.workspace_id = ${people.workspaceId} and f.profile_id = p.id
         cross join lateral jsonb_each(f.traits) as t (name, value)
         where jsonb_typeof(t.value) in ('string', 'boolean') and t.name <> all(${sql.param(NAMES)}::text[])`,
  );
}

/** Where somebody first and last came from. Served by the primary key of facts. */
export async function readChannels(db: Db, people: LookedAt): Promise<Thing[]> {
  return await readHolders(
    db,
    people,
    sql`select p.id, c.name, c.value
          from ${setOf(people)} p
          join ${facts} f on f.workspace_id = ${people.workspaceId} and f.profile_id = p.id
         cross join lateral (values ('first_channel', f.first_channel), ('last_channel', f.last_channel),
                                    ('first_campaign', f.first_campaign)) as c (name, value)`,
  );
}

/** What the orders of somebody hold: the named parts of each order, and its own words. Served by events_person_name. */
export async function readProducts(db: Db, people: LookedAt): Promise<Thing[]> {
  const orders = sql`
    select p.id, e.properties
      from ${setOf(people)} p
      join ${events} e on e.workspace_id = ${people.workspaceId} and e.profile_id = p.id
     where e.name_id in (select n.id from ${eventNames} n where n.workspace_id = ${people.workspaceId} and n.name = 'order_placed')`;
  return await readHolders(
    db,
    people,
    sql`
    with orders as materialized (${orders})
    select o.id, c.name, c.value
      from orders o
     cross join lateral jsonb_array_elements(case when jsonb_typeof(o.properties -> 'products') = 'array'
                                                  then o.properties -> 'products' else '[]'::jsonb end) as i (item)
     cross join lateral (values ('product', coalesce(i.item ->> 'name', i.item ->> 'title', i.item ->> 'sku', i.item ->> 'id')),
                                ('category', coalesce(i.item ->> 'category', i.item ->> 'kind', i.item ->> 'vendor'))) as c (name, value)
    union all
    select o.id, t.name, t.value #>> '{}'
      from orders o cross join lateral jsonb_each(o.properties) as t (name, value)
     where jsonb_typeof(t.value) in ('string', 'boolean') and t.name <> all(${sql.param(NOT_PRODUCTS)}::text[])`,
  );
}

/** What somebody ever did. Served by events_person_name, index-only. */
export async function readEvents(db: Db, people: LookedAt): Promise<Thing[]> {
  return await readHolders(
    db,
    people,
    sql`select d.id, 'did' as name, n.name as value
          from (select p.id, e.name_id
                  from ${setOf(people)} p
                  join ${events} e on e.workspace_id = ${people.workspaceId} and e.profile_id = p.id
                 group by p.id, e.name_id) d
          join ${eventNames} n on n.workspace_id = ${people.workspaceId} and n.id = d.name_id`,
  );
}

/** Who told us of somebody: the same question as the filter of the people asks. */
export async function readSources(db: Db, people: LookedAt): Promise<Thing[]> {
  return await readHolders(
    db,
    people,
    sql`select s.id, 'source' as name, s.source_id::text as value
          from (select p.id, e.source_id
                  from ${setOf(people)} p
                  join ${events} e on e.workspace_id = ${people.workspaceId} and e.profile_id = p.id
                 group by p.id, e.source_id
                 union all
                select p.id, r.source_id
                  from ${setOf(people)} p
                  join ${records} r on r.workspace_id = ${people.workspaceId} and r.profile_id = p.id) s`,
  );
}

/** `held`: id, name, value, a person as often as they have it. */
async function readHolders(db: Db, people: LookedAt, held: SQL): Promise<Thing[]> {
  const statement = sql`
    with once as (
      select h.name, h.value, h.id
        from (${held}) h
       where length(h.value) between 1 and ${LONGEST_VALUE} and h.value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}'
       group by h.name, h.value, h.id
    )
    select o.name, o.value, json_agg(p.place - 1) as who
      from once o join ${setOf(people)} p on p.id = o.id
     group by o.name, o.value
     order by count(*) desc, o.name, o.value
     limit ${MOST_OF_A_KIND}`;
  const read = async (tx: Db) => await rowsOf<Thing>(tx, statement);
  return people.isMost ? await withoutLoops(db, read) : await read(db);
}

/** Each person once with their place, and only people of this business. */
function setOf({ workspaceId, ids }: LookedAt): SQL {
  return sql`(select a.id, a.place
               from unnest(${sql.param(ids)}::uuid[]) with ordinality as a (id, place)
               join ${profiles} x on x.id = a.id
              where x.workspace_id = ${workspaceId})`;
}
