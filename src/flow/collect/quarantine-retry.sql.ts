import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, quarantine, rawEvents } from '../../db/schema/collect.ts';

type SourceKey = { workspaceId: string; sourceId: string };

/**
 * Takes records out of quarantine that are stored and only could not be mapped, and queues them for identify once
 * more, each thing's versions in the order they came. What was never stored stays: only the vendor can tell it anew.
 * `ids` null: all, at most `limit` of them, the oldest first. Returns the things that are tried.
 */
export async function requeueQuarantined(
  db: Db,
  source: SourceKey,
  ids: string[] | null,
  limit: number,
): Promise<string[]> {
  const { workspaceId, sourceId } = source;
  const isWished = ids ? sql`and q.id = any(${sql.param(ids)}::uuid[])` : sql``;
  const rows = await rowsOf<{ subject: string }>(
    db,
    sql`
      with wished as materialized (
        select q.subject
          from ${quarantine} q
         where q.workspace_id = ${workspaceId} and q.source_id = ${sourceId} and q.run_id is null
           and q.upload_id is null and q.subject is not null ${isWished}
         order by q.received_at, q.id
         limit ${limit}
      ),
      picked as materialized (
        select r.id, r.subject, r.received_at
          from ${rawEvents} r
         where r.workspace_id = ${workspaceId} and r.source_id = ${sourceId} and r.payload is not null
           and r.subject in (select subject from wished)
      ),
      queued as (
        insert into ${pendingRawEvents} (workspace_id, raw_event_id)
        select ${workspaceId}::uuid, p.id from picked p order by p.subject, p.received_at, p.id
        returning raw_event_id
      ),
      cleared as (
        delete from ${quarantine} q
         where q.workspace_id = ${workspaceId} and q.source_id = ${sourceId} and q.run_id is null
           and q.upload_id is null and q.subject in (select subject from picked)
        returning q.subject
      )
      select distinct subject from cleared where (select count(*) from queued) > 0`,
  );
  return rows.map((row) => row.subject);
}

/** How many of these things are in quarantine (again). */
export async function countQuarantined(db: Db, source: SourceKey, subjects: string[]): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(distinct subject) as count from ${quarantine}
         where workspace_id = ${source.workspaceId} and source_id = ${source.sourceId}
           and subject = any(${sql.param(subjects)}::uuid[])`,
  );
  return Number(row?.count ?? 0);
}
