import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, quarantine, rawEvents } from '../../db/schema/collect.ts';

type Span = { from: Date; to: Date };

/**
 * Empties what sources said in a span of time, some rows at a time. The row stays, so that the event is known for
 * ever; what identify has not taken yet keeps its words. Running it twice empties nothing more. Served by the
 * block range index on received_at, which is why the span has a beginning.
 */
export async function emptyOldPayloads(
  db: Db,
  workspaceId: string,
  span: Span,
  limit: number,
): Promise<number> {
  const emptied = await rowsOf(
    db,
    sql`
      with old as materialized (
        select id from ${rawEvents}
         where workspace_id = ${workspaceId} and payload is not null
           and received_at >= ${span.from.toISOString()} and received_at < ${span.to.toISOString()}
           and id not in (select raw_event_id from ${pendingRawEvents} where workspace_id = ${workspaceId})
         limit ${limit}
      )
      update ${rawEvents} set payload = null
       where workspace_id = ${workspaceId} and id in (select id from old)
      returning id`,
  );
  return emptied.length;
}

/** The same for what was set aside: the reason stays, the record goes. Index quarantine_source. */
export async function emptyOldQuarantine(db: Db, workspaceId: string, before: Date): Promise<number> {
  const emptied = await rowsOf(
    db,
    sql`
      update ${quarantine} set payload = null
       where workspace_id = ${workspaceId} and received_at < ${before.toISOString()} and payload is not null
      returning id`,
  );
  return emptied.length;
}
