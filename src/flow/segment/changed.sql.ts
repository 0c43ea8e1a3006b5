import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { changedProfiles, eventNames, events, profiles } from '../../db/schema/identify.ts';

type Span = { workspaceId: string; refreshId: string; before: Date | null; asOf: Date };

/**
 * People whose data changed since the last refresh, and those of whom something dated ahead came due: an event, or the
 * time they are said to have been first seen. Also people who are gone: they have to come out.
 */
export async function listChanged(db: Db, span: Span): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`
    select c.profile_id as id from ${changedProfiles} c
     where c.workspace_id = ${span.workspaceId} and c.refresh_id = ${span.refreshId}::uuid
    union
    select e.profile_id from ${events} e
     where e.workspace_id = ${span.workspaceId}
       and e.name_id = any(array(select n.id from ${eventNames} n where n.workspace_id = ${span.workspaceId}))
       and e.occurred_at > ${span.before}::timestamptz and e.occurred_at <= ${span.asOf}::timestamptz
    union
    select p.id from ${profiles} p
     where p.workspace_id = ${span.workspaceId} and p.merged_into is null and p.erased_at is null
       -- the last is not before the first, and has an index
       and p.last_seen_at > ${span.before}::timestamptz
       and p.first_seen_at > ${span.before}::timestamptz and p.first_seen_at <= ${span.asOf}::timestamptz`,
  );
  return rows.map((row) => row.id);
}
