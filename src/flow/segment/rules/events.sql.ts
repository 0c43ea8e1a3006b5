import { type SQL, sql } from 'drizzle-orm';
import { events } from '../../../db/schema/identify.ts';
import type { Query } from './kind.ts';

/** The events `e` of a name (or `*`) up to the moment, of the people looked at. Served by events_name, or events_person_name. */
export function eventsFrom(query: Query, event: string): SQL {
  const nameId = query.nameId(event);
  const called = event === '*' ? sql`` : sql`and e.name_id = ${nameId ?? -1}`;
  return sql`from ${events} e
    where e.workspace_id = ${query.workspaceId} ${called}
      and e.occurred_at <= ${query.asOf.toISOString()}::timestamptz ${query.among(sql`e.profile_id`)}`;
}

/** Of each person the first or last event of a name, where it satisfies the conditions. */
export function firstOrLastSql(query: Query, event: string, end: 'first' | 'last', conditions: SQL[]): SQL {
  const order = end === 'first' ? sql`e.occurred_at, e.id` : sql`e.occurred_at desc, e.id desc`;
  const holds = conditions.length ? sql`where ${sql.join(conditions, sql` and `)}` : sql``;
  return sql`
    select e.profile_id
      from (select distinct on (e.profile_id) e.profile_id, e.occurred_at, e.value, e.properties
            ${eventsFrom(query, event)}
             order by e.profile_id, ${order}) e
    ${holds}`;
}
