import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { segmentSizes } from '../db/schema/segment.ts';

/** Sizes of each segment, the last of each local day, oldest first, over the days since an instant. */
export async function readSizesByDay(
  db: Db,
  span: { workspaceId: string; zone: string; since: Date },
): Promise<Map<string, { day: string; size: number }[]>> {
  const rows = await rowsOf<{ segment_key: string; day: string; size: string }>(
    db,
    sql`
    select distinct on (z.segment_key, day) z.segment_key, to_char(z.as_of at time zone ${span.zone}, 'YYYY-MM-DD') as day, z.size
      from ${segmentSizes} z
     where z.workspace_id = ${span.workspaceId} and z.as_of >= ${span.since}
     order by z.segment_key, day, z.as_of desc`,
  );
  const trends = new Map<string, { day: string; size: number }[]>();
  for (const row of rows) {
    const trend = trends.get(row.segment_key) ?? [];
    trend.push({ day: row.day, size: Number(row.size) });
    trends.set(row.segment_key, trend);
  }
  return trends;
}

export type SizeAt = { asOf: Date; size: number; entered: number; left: number };

/** One segment's size at each refresh that changed it, oldest first; at most the last 400. */
export async function readSizeHistory(db: Db, wish: { workspaceId: string; key: string }): Promise<SizeAt[]> {
  const rows = await rowsOf<{ as_of: Date; size: string; entered: string; left: string }>(
    db,
    sql`
    select z.as_of, z.size, z.entered, z.left from ${segmentSizes} z
     where z.workspace_id = ${wish.workspaceId} and z.segment_key = ${wish.key}
     order by z.as_of desc limit 400`,
  );
  return rows
    .map((row) => ({
      asOf: new Date(row.as_of),
      size: Number(row.size),
      entered: Number(row.entered),
      left: Number(row.left),
    }))
    .reverse();
}
