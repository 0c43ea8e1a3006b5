import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { eventNames, events } from '../../db/schema/identify.ts';
import { withTimes } from '../../db/times.ts';

export type TimelineEvent = {
  id: string;
  name: string;
  occurredAt: Date;
  sourceKey: string;
  sourceName: string;
  value: string | null;
  currency: string | null;
  properties: Record<string, unknown>;
};
/** The last event of the page before. */
export type TimelineKey = { at: Date; id: string };
export type TimelineWish = {
  profileId: string;
  name?: string | undefined;
  sourceId?: string | undefined;
  after?: TimelineKey | undefined;
  limit: number;
};

/** One timeline over all sources, the newest first; a page at a time by key. Served by events_timeline. */
export async function listTimeline(
  db: Db,
  workspaceId: string,
  wish: TimelineWish,
): Promise<TimelineEvent[]> {
  const { profileId, name, sourceId, after, limit } = wish;
  const rows = await rowsOf<Omit<TimelineEvent, 'occurredAt'> & { occurredAt: string }>(
    db,
    sql`select e.id, n.name, e.occurred_at as "occurredAt", s.key as "sourceKey", s.name as "sourceName", e.value,
               e.currency, e.properties
          from ${events} e
          join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
          join ${sources} s on s.workspace_id = e.workspace_id and s.id = e.source_id
         where e.workspace_id = ${workspaceId} and e.profile_id = ${profileId}
           and ${name === undefined ? sql`true` : sql`n.name = ${name}`}
           and ${sourceId === undefined ? sql`true` : sql`e.source_id = ${sourceId}`}
           and ${after === undefined ? sql`true` : isAfter(after)}
         order by e.occurred_at desc, e.id
         limit ${limit}`,
  );
  return withTimes(rows, 'occurredAt');
}

/** What a person did at all, and how often: the choices of the filter. */
export async function countEventNames(db: Db, workspaceId: string, profileId: string) {
  return await rowsOf<{ name: string; count: string }>(
    db,
    sql`select n.name, count(*) as count
          from ${events} e
          join ${eventNames} n on n.workspace_id = e.workspace_id and n.id = e.name_id
         where e.workspace_id = ${workspaceId} and e.profile_id = ${profileId}
         group by n.name
         order by count(*) desc, n.name
         limit 50`,
  );
}

/** Newest first, events of one instant by id: what comes after the key in that order. */
function isAfter({ at, id }: TimelineKey) {
  const instant = sql`${at.toISOString()}::timestamptz`;
  return sql`(e.occurred_at < ${instant} or (e.occurred_at = ${instant} and e.id > ${id}::uuid))`;
}
