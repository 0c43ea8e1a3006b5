import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, rawEvents } from '../../db/schema/collect.ts';

/** An item with its ids, ready to be kept. Ids are distinct within one call. */
export type StoredItem = {
  id: string;
  subject: string;
  stream: string;
  externalId: string;
  version: string;
  json: string;
};

type Scope = { workspaceId: string; sourceId: string; receivedAt: Date };

/**
 * Keeps what is not known yet and queues it for identify: one statement, one round trip. May run twice: an id
 * that is there stays as it is and is not queued again. Rows go in by the order of their ids, so that two
 * deliveries of the same items never wait for each other in a circle; the queue keeps the order they came in.
 * `known` is served by raw_events_subject; the planner does not look into its list.
 */
export async function insertRawEvents(
  db: Db,
  scope: Scope,
  items: StoredItem[],
): Promise<{ stored: number; new: number }> {
  const column = (pick: (item: StoredItem) => string) => sql.param(items.map(pick));
  // One JSON text: an array of texts would escape each quote of each payload, here and there.
  const payloads = `[${items.map((item) => item.json).join(',')}]`;
  const [row] = await rowsOf<{ stored: string; new: string }>(
    db,
    sql`
      with given as materialized (
        select *
          from rows from (
                 unnest(${column((item) => item.id)}::uuid[]), unnest(${column((item) => item.subject)}::uuid[]),
                 unnest(${column((item) => item.stream)}::text[]), unnest(${column((item) => item.externalId)}::text[]),
                 unnest(${column((item) => item.version)}::text[]), jsonb_array_elements(${payloads}::jsonb)
               ) with ordinality as g (id, subject, stream, external_id, version, payload, position)
      ),
      known as materialized (
        select distinct r.subject from ${rawEvents} r
         where r.workspace_id = ${scope.workspaceId} and r.subject = any(array(select g.subject from given g))
      ),
      stored as (
        insert into ${rawEvents}
               (workspace_id, id, subject, source_id, stream, external_id, version, payload, received_at)
        select ${scope.workspaceId}::uuid, g.id, g.subject, ${scope.sourceId}::uuid, g.stream, g.external_id, g.version,
               g.payload, ${scope.receivedAt.toISOString()}::timestamptz
          from given g
         order by g.id
            on conflict (workspace_id, id) do nothing
        returning id, subject
      ),
      queued as (
        insert into ${pendingRawEvents} (workspace_id, raw_event_id)
        select ${scope.workspaceId}::uuid, g.id
          from given g
         where g.id in (select id from stored)
         order by g.position
        returning raw_event_id
      )
      select (select count(*) from queued) as stored,
             (select count(distinct subject) from stored where subject not in (select subject from known)) as new`,
  );
  return { stored: Number(row?.stored ?? 0), new: Number(row?.new ?? 0) };
}
