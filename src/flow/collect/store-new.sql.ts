import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, rawEvents } from '../../db/schema/collect.ts';

/** Each line names its workspace. */
export const COPY_RAW_EVENTS = `
  copy raw_events (workspace_id, id, subject, source_id, stream, external_id, version, payload, received_at)
  from stdin`;

/**
 * Queues raw events for identify in the order given, before they are copied: both or neither is committed. `subjects`:
 * how many things they speak of; `known`: of how many of these something is kept already, by raw_events_subject.
 */
export async function queueNew(
  db: Db,
  { workspaceId }: { workspaceId: string },
  given: { ids: string; subjects: string },
): Promise<{ subjects: number; known: number }> {
  const [row] = await rowsOf<{ subjects: string; known: string }>(
    db,
    sql`
      with given as materialized (
        select ${`{${given.ids}}`}::uuid[] as ids, ${`{${given.subjects}}`}::uuid[] as subjects
      ),
      queued as (
        insert into ${pendingRawEvents} (workspace_id, raw_event_id)
        select ${workspaceId}::uuid, i.id from given g, unnest(g.ids) with ordinality as i (id, position)
         order by i.position
      )
      select (select count(distinct s.subject) from given g, unnest(g.subjects) as s (subject)) as subjects,
             (select count(distinct r.subject) from ${rawEvents} r
               where r.workspace_id = ${workspaceId}
                 and r.subject = any((select g.subjects from given g)::uuid[])) as known`,
  );
  return { subjects: Number(row?.subjects), known: Number(row?.known) };
}
