import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { eventNames, events, profiles } from '../db/schema/identify.ts';

export type DayCount = { day: string; name: string; events: number; people: number };

type Span = { workspaceId: string; zone: string; from: Date; to: Date };

/** Events and people by local day, for a handful of names. Served by events_name, index-only. */
export async function countEventsByDay(db: Db, span: Span, names: string[]): Promise<DayCount[]> {
  const rows = await rowsOf<{ day: string; name: string; events: string; people: string }>(
    db,
    sql`
    select to_char(e.occurred_at at time zone ${span.zone}, 'YYYY-MM-DD') as day, n.name,
           count(*) as events, count(distinct e.profile_id) as people
      from ${events} e
      join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
     where e.workspace_id = ${span.workspaceId}
       and e.name_id in (select id from ${eventNames} m
                          where m.workspace_id = ${span.workspaceId} and m.name = any(${sql.param(names)}))
       and e.occurred_at >= ${span.from} and e.occurred_at < ${span.to}
     group by 1, 2`,
  );
  return rows.map((row) => ({ ...row, events: Number(row.events), people: Number(row.people) }));
}

/** What happens to a person rather than by them: a delivered mail makes nobody active. */
const NOT_ACTIVITY = [
  'email_sent',
  'email_delivered',
  'email_bounced',
  'payment_failed',
  'consent_granted',
  'consent_withdrawn',
];

/** People with at least one thing of their own doing, by local day. */
export async function countActiveByDay(db: Db, span: Span): Promise<{ day: string; people: number }[]> {
  const rows = await rowsOf<{ day: string; people: string }>(
    db,
    sql`
    select to_char(e.occurred_at at time zone ${span.zone}, 'YYYY-MM-DD') as day, count(distinct e.profile_id) as people
      from ${events} e
     where e.workspace_id = ${span.workspaceId} and ${isActivity(span)}
     group by 1`,
  );
  return rows.map((row) => ({ day: row.day, people: Number(row.people) }));
}

/** People active in the whole span: not the sum of its days. */
export async function countActive(db: Db, span: Span): Promise<number> {
  const [row] = await rowsOf<{ people: string }>(
    db,
    sql`select count(distinct e.profile_id) as people from ${events} e where e.workspace_id = ${span.workspaceId} and ${isActivity(span)}`,
  );
  return Number(row?.people ?? 0);
}

function isActivity(span: Span) {
  return sql`e.name_id in (select id from ${eventNames} m
                          where m.workspace_id = ${span.workspaceId} and m.name <> all(${sql.param(NOT_ACTIVITY)}))
       and e.occurred_at >= ${span.from} and e.occurred_at < ${span.to}`;
}

/** Everyone alive, and those first seen in each local day of the span. */
export async function countPeople(db: Db, workspaceId: string): Promise<number> {
  const [row] = await rowsOf<{ people: string }>(
    db,
    sql`select count(*) as people from ${profiles} p
         where p.workspace_id = ${workspaceId} and p.merged_into is null and p.erased_at is null`,
  );
  return Number(row?.people ?? 0);
}

export async function countNewPeopleByDay(db: Db, span: Span): Promise<{ day: string; people: number }[]> {
  const rows = await rowsOf<{ day: string; people: string }>(
    db,
    sql`select to_char(coalesce(p.first_seen_at, p.created_at) at time zone ${span.zone}, 'YYYY-MM-DD') as day, count(*) as people
          from ${profiles} p
         where p.workspace_id = ${span.workspaceId} and p.merged_into is null and p.erased_at is null
           and coalesce(p.first_seen_at, p.created_at) >= ${span.from}
           and coalesce(p.first_seen_at, p.created_at) < ${span.to}
         group by 1`,
  );
  return rows.map((row) => ({ day: row.day, people: Number(row.people) }));
}
