import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { rawEvents } from '../../db/schema/collect.ts';
import { sourceExamples } from '../../db/schema/collect-examples.ts';
import { withTimes } from '../../db/times.ts';

type Origin = { workspaceId: string; sourceId: string };

export type Example = {
  shape: string;
  stream: string;
  externalId: string;
  version: string;
  payload: Record<string, unknown>;
  receivedAt: Date;
};

/** More kinds than a page can show; a sender that puts an id into its field names makes a new one each time. */
const MOST_SHAPES = 20;

/**
 * The newest item of each shape. May run twice. A shape is written once a minute at most, so that a busy sender
 * does not wait for one row.
 */
export async function upsertExamples(
  db: Db,
  { workspaceId, sourceId }: Origin,
  rows: { shape: string; rawEventId: string }[],
  at: Date,
): Promise<void> {
  const sorted = rows.toSorted((a, b) => a.shape.localeCompare(b.shape));
  await db.execute(sql`
    insert into ${sourceExamples} as e (workspace_id, source_id, shape, raw_event_id, seen_at)
    select ${workspaceId}::uuid, ${sourceId}::uuid, g.shape, g.raw_event_id, ${at.toISOString()}::timestamptz
      from unnest(${sql.param(sorted.map(({ shape }) => shape))}::text[],
                  ${sql.param(sorted.map(({ rawEventId }) => rawEventId))}::uuid[]) as g (shape, raw_event_id)
     where (select count(*) from ${sourceExamples} k
             where k.workspace_id = ${workspaceId} and k.source_id = ${sourceId}) < ${MOST_SHAPES}
        or exists (select 1 from ${sourceExamples} k
                    where k.workspace_id = ${workspaceId} and k.source_id = ${sourceId} and k.shape = g.shape)
        on conflict (workspace_id, source_id, shape) do update
       set raw_event_id = excluded.raw_event_id, seen_at = excluded.seen_at
     where e.seen_at < excluded.seen_at - interval '1 minute'`);
}

/** Both by primary key. */
export async function findExamples(db: Db, { workspaceId, sourceId }: Origin): Promise<Example[]> {
  const rows = await rowsOf<Omit<Example, 'receivedAt'> & { receivedAt: string }>(
    db,
    sql`select e.shape, r.stream, r.external_id as "externalId", r.version, r.payload, r.received_at as "receivedAt"
          from ${sourceExamples} e
          join ${rawEvents} r on r.workspace_id = e.workspace_id and r.id = e.raw_event_id
         where e.workspace_id = ${workspaceId} and e.source_id = ${sourceId} and r.payload is not null
         order by e.seen_at desc, e.shape`,
  );
  return withTimes(rows, 'receivedAt');
}
