import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, quarantine, rawEvents } from '../../db/schema/collect.ts';

/** Up to where the stored rows of a source were queued again. */
export type ReplayMark = { subject: string; receivedAt: string; id: string };

/**
 * Queues the next stored rows of a source for identify once more, each thing's versions in the order they came, as
 * the last of them is the one that counts. Rows emptied by retention have nothing left to say. What was set aside
 * of these rows goes: it is said anew if it still holds. Served by raw_events_subject.
 */
export async function requeueRawEvents(
  db: Db,
  source: { workspaceId: string; sourceId: string },
  after: ReplayMark | null,
  limit: number,
): Promise<{ queued: number; last: ReplayMark | null }> {
  const { workspaceId, sourceId } = source;
  const isLater = after
    ? sql`and r.subject >= ${after.subject}::uuid
          and (r.subject, r.received_at, r.id) > (${after.subject}::uuid, ${after.receivedAt}::timestamptz, ${after.id}::uuid)`
    : sql``;
  const [row] = await rowsOf<{ queued: string; last: ReplayMark | null }>(
    db,
    sql`
      with picked as materialized (
        select r.id, r.subject, r.received_at
          from ${rawEvents} r
         where r.workspace_id = ${workspaceId} and r.source_id = ${sourceId} and r.payload is not null ${isLater}
         order by r.subject, r.received_at, r.id
         limit ${limit}
      ),
      queued as (
        insert into ${pendingRawEvents} (workspace_id, raw_event_id)
        select ${workspaceId}::uuid, p.id from picked p order by p.subject, p.received_at, p.id
        returning raw_event_id
      ),
      cleared as (
        delete from ${quarantine} q
         where q.workspace_id = ${workspaceId} and q.source_id = ${sourceId}
           and q.run_id is null and q.upload_id is null and q.subject in (select subject from picked)
      )
      select (select count(*) from queued) as queued,
             (select json_build_object('subject', p.subject, 'receivedAt', p.received_at::text, 'id', p.id)
                from picked p order by p.subject desc, p.received_at desc, p.id desc limit 1) as last`,
  );
  return { queued: Number(row?.queued ?? 0), last: row?.last ?? null };
}
