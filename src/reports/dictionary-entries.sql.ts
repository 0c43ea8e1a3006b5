import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { eventNames, events } from '../db/schema/identify.ts';
import { profileTraits, traitValues } from '../db/schema/profile.ts';
import { segments } from '../db/schema/segment.ts';
import { campaigns } from '../db/schema/send.ts';
import { withTimes } from '../db/times.ts';

/** How much is looked at: of each event so many of the newest and so many of a month ago; of traits the newest people. */
export const SAMPLE = { names: 100, events: 150, people: 2_000 };
/** Counted up to here; beyond it says "more than". */
export const COUNTED = 10_000;

export type EventEntry = { name: string; count: number; firstAt: Date | null; lastAt: Date | null };

/** What one name has held, by type: JSON has `string`, `number`, `boolean`, `array` and `object`. */
export type TypeSeen = {
  /** The event; null for a trait. */
  event: string | null;
  name: string;
  type: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
  sourceIds: string[];
  example: unknown;
};

export type NameUse = {
  what: 'event' | 'property' | 'trait';
  name: string;
  kind: 'segment' | 'campaign';
  id: string;
  title: string;
};

type Asked = { workspaceId: string; q: string };

/** The events whose name holds what was typed. Each is counted and dated by the index events_name alone. */
export async function listEventEntries(db: Db, asked: Asked): Promise<EventEntry[]> {
  const rows = await rowsOf<{ name: string; count: string; firstAt: string | null; lastAt: string | null }>(
    db,
    sql`
      select n.name,
             (select count(*) from (select 1 from ${events} e where e.workspace_id = ${asked.workspaceId} and e.name_id = n.id
                                    limit ${COUNTED + 1}) few) as count,
             (select min(e.occurred_at) from ${events} e where e.workspace_id = ${asked.workspaceId} and e.name_id = n.id) as "firstAt",
             (select max(e.occurred_at) from ${events} e where e.workspace_id = ${asked.workspaceId} and e.name_id = n.id) as "lastAt"
        from (${namesOf(asked)}) n
       order by n.name`,
  );
  return withTimes(
    rows.map((row) => ({ ...row, count: Number(row.count) })),
    'firstAt',
    'lastAt',
  );
}

/** The properties of events, by type. The empty name stands for the event itself: it tells where it comes from. */
export async function listPropertyTypes(db: Db, asked: Asked & { before: Date }): Promise<TypeSeen[]> {
  const newest = (when: SQL) => sql`
    (select e.properties, e.occurred_at, e.source_id from ${events} e
      where e.workspace_id = ${asked.workspaceId} and e.name_id = n.id and ${when}
      order by e.occurred_at desc limit ${SAMPLE.events})`;
  return await readTypes(
    db,
    sql`
      select n.name as event, k.key as name, k.value, s.occurred_at as at, s.source_id
        from (${namesOf({ ...asked, q: '' })}) n
        cross join lateral (${newest(sql`true`)} union ${newest(sql`e.occurred_at < ${asked.before.toISOString()}::timestamptz`)}) s
        cross join lateral (select * from jsonb_each(s.properties) union all select '', 'true'::jsonb) k
       where k.key = '' or n.name ilike ${like(asked.q)} or k.key ilike ${like(asked.q)}`,
  );
}

/** The traits of the newest people, what they were before included. */
export async function listTraitTypes(db: Db, asked: Asked): Promise<TypeSeen[]> {
  return await readTypes(
    db,
    sql`
      select null::text as event, v.name, v.value, v.changed_at as at, v.source_id
        from (select t.profile_id from ${profileTraits} t where t.workspace_id = ${asked.workspaceId}
               order by t.profile_id desc limit ${SAMPLE.people}) p
        join ${traitValues} v on v.workspace_id = ${asked.workspaceId} and v.profile_id = p.profile_id
       where v.name ilike ${like(asked.q)}`,
  );
}

/** Which segments and messages name an event, a property or a trait. */
export async function listNameUses(db: Db, workspaceId: string): Promise<NameUse[]> {
  const named = (what: NameUse['what'], path: string) => sql`
    select distinct ${what} as what, used.name #>> '{}' as name, 'segment' as kind, s.key as id, s.name as title
      from ${segments} s cross join lateral jsonb_path_query(s.definition, ${path}::jsonpath) as used (name)
     where s.workspace_id = ${workspaceId} and s.removed_at is null`;
  return await rowsOf<NameUse>(
    db,
    sql`
      ${named('event', '$.**.event')} union all ${named('property', '$.**.property')} union all ${named('trait', '$.**.trait')}
      union all
      select distinct 'trait', used.found[1], 'campaign', c.id::text, c.name
        from ${campaigns} c
       cross join lateral regexp_matches(concat_ws(' ', c.subject, c.preheader, c.html, c.text), 'traits\\.([A-Za-z0-9_]+)', 'g') as used (found)
       where c.workspace_id = ${workspaceId}
       order by 5, 4 limit 5000`,
  );
}

async function readTypes(db: Db, told: SQL): Promise<TypeSeen[]> {
  const rows = await rowsOf<
    Omit<TypeSeen, 'firstAt' | 'lastAt' | 'count'> & { firstAt: string; lastAt: string; count: string }
  >(
    db,
    sql`
      select t.event, t.name, jsonb_typeof(t.value) as type, count(*) as count, min(t.at) as "firstAt", max(t.at) as "lastAt",
             array_agg(distinct t.source_id::text) as "sourceIds", (array_agg(t.value order by t.at desc))[1] as example
        from (${told}) t
       where t.value is not null and jsonb_typeof(t.value) <> 'null'
       group by t.event, t.name, jsonb_typeof(t.value)
       order by t.event, t.name, max(t.at) desc
       limit 2000`,
  );
  return withTimes(rows, 'firstAt', 'lastAt').map((row) => ({ ...row, count: Number(row.count) }));
}

function namesOf({ workspaceId, q }: Asked): SQL {
  return sql`
    select n.id, n.name from ${eventNames} n
     where n.workspace_id = ${workspaceId} and n.name ilike ${like(q)}
     order by n.name limit ${SAMPLE.names}`;
}

function like(q: string): string {
  return `%${q.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}
