import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { pendingRawEvents, rawEvents } from '../../db/schema/collect.ts';
import { withTimes } from '../../db/times.ts';

/** What a source said, as stored. `payload` is null once retention or an erasure has emptied it. */
export type RawEvent = {
  id: string;
  subject: string;
  sourceId: string;
  stream: string;
  externalId: string;
  version: string;
  payload: Record<string, unknown> | null;
  receivedAt: Date;
};

/** Takes the next raw events out of the queue, in the order they came. What another transaction holds is left. */
export async function takePendingRawEvents(db: Db, workspaceId: string, limit: number): Promise<RawEvent[]> {
  const taken = await rowsOf<{ seq: string; id: string }>(
    db,
    sql`delete from ${pendingRawEvents}
         where seq in (
           select seq from ${pendingRawEvents}
            where workspace_id = ${workspaceId} order by seq limit ${limit} for update skip locked)
        returning seq, raw_event_id as id`,
  );
  const order = new Map(taken.map(({ id, seq }) => [id, Number(seq)]));
  const rows = await loadRawEvents(db, workspaceId, [...order.keys()]);
  return rows.sort((a, b) => order.get(a.id)! - order.get(b.id)!);
}

/** So many are looked up exactly; of more every second or tenth, since a page asks while they are worked off. */
const LOOKED_UP = 20_000;

/** How many raw events of a source wait. */
export async function countPendingRawEvents(db: Db, workspaceId: string, sourceId: string): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(db, countPending(workspaceId, sourceId));
  return Number(row?.count ?? 0);
}

/** The same within a statement; indexes pending_raw_events_workspace and the primary key of raw_events. */
export function countPending(workspaceId: string, sourceId: string): SQL {
  return sql`
    select coalesce(count(*) * max(s.step), 0) as count
      from (select p.raw_event_id, every.step
              from (select greatest(1, count(*) / ${LOOKED_UP}::bigint) as step from ${pendingRawEvents}
                     where workspace_id = ${workspaceId}) every
              join ${pendingRawEvents} p on p.workspace_id = ${workspaceId} and p.seq % every.step = 0) s
      join ${rawEvents} r
        on r.workspace_id = ${workspaceId} and r.id = s.raw_event_id and r.source_id = ${sourceId}`;
}

/** Served by the primary key. */
async function loadRawEvents(db: Db, workspaceId: string, ids: string[]): Promise<RawEvent[]> {
  if (ids.length === 0) return [];
  const rows = await rowsOf<Omit<RawEvent, 'receivedAt'> & { receivedAt: string }>(
    db,
    sql`select id, subject, source_id as "sourceId", stream, external_id as "externalId", version, payload,
               received_at as "receivedAt"
          from ${rawEvents}
         where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[])`,
  );
  return withTimes(rows, 'receivedAt');
}

/** Empties what was said of somebody who was erased; the rows stay, so that they are known for ever. */
export async function emptyRawPayloads(db: Db, workspaceId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.execute(sql`
    update ${rawEvents} set payload = null
     where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[]) and payload is not null`);
}
