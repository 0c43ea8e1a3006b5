import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { segmentSizes, segments } from '../db/schema/segment.ts';

export type SizeOfDay = { day: string; size: number };

/** The local days ending with that of `asOf`. */
export type DaysBack = { workspaceId: string; zone: string; asOf: Date; days: number };

/**
 * The size of each segment at the end of each local day since it was first counted, oldest first. One step into the
 * primary key of segment_sizes a segment and day: sizes may stand there by the minute.
 */
export async function readSizesByDay(db: Db, span: DaysBack): Promise<Map<string, SizeOfDay[]>> {
  const rows = await rowsOf<{ key: string; day: string; size: string }>(
    db,
    sql`
    with days as materialized (${lastDays(span)})
    select s.key, d.day, z.size
      from ${segments} s cross join days d
     cross join lateral ${sizeBefore(span, sql`s.key`)} z
     where s.workspace_id = ${span.workspaceId} and s.removed_at is null and s.is_enabled
     order by s.key, d.until`,
  );
  const trends = new Map<string, SizeOfDay[]>();
  for (const { key, day, size } of rows) {
    const trend = trends.get(key) ?? [];
    trend.push({ day, size: Number(size) });
    trends.set(key, trend);
  }
  return trends;
}

/** The same of one segment. */
export async function readSizeHistory(db: Db, span: DaysBack & { key: string }): Promise<SizeOfDay[]> {
  const rows = await rowsOf<{ day: string; size: string }>(
    db,
    sql`
    with days as materialized (${lastDays(span)})
    select d.day, z.size from days d cross join lateral ${sizeBefore(span, sql`${span.key}`)} z
         order by d.until`,
  );
  return rows.map(({ day, size }) => ({ day, size: Number(size) }));
}

/** When a segment was first counted; null when it never was. */
export async function findFirstSize(
  db: Db,
  { workspaceId, key }: { workspaceId: string; key: string },
): Promise<Date | null> {
  const [row] = await rowsOf<{ at: string | null }>(
    db,
    sql`select min(z.as_of) as at from ${segmentSizes} z where z.workspace_id = ${workspaceId} and z.segment_key = ${key}`,
  );
  return row?.at ? new Date(row.at) : null;
}

function lastDays({ zone, asOf, days }: DaysBack): SQL {
  return sql`
    select to_char(g.at, 'YYYY-MM-DD') as day, (g.at + interval '1 day') at time zone ${zone} as until
      from generate_series(date_trunc('day', ${asOf}::timestamptz at time zone ${zone}) - make_interval(days => ${days - 1}::int),
                           ${asOf}::timestamptz at time zone ${zone}, interval '1 day') as g (at)`;
}

function sizeBefore({ workspaceId }: DaysBack, key: SQL): SQL {
  return sql`(
    select z.size from ${segmentSizes} z
     where z.workspace_id = ${workspaceId} and z.segment_key = ${key} and z.as_of < d.until
     order by z.as_of desc limit 1)`;
}
