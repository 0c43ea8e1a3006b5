import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { segmentSizes, segments } from '../db/schema/segment.ts';

export type SegmentGrowth = {
  key: string;
  name: string;
  kind: string;
  size: number;
  before: number;
  asOf: Date;
};

/**
 * How much each segment has grown since an instant: its size now against its last size before that instant (or its
 * first known size). Grows with the number of segments and refreshes, not of people.
 */
export async function readSegmentGrowth(
  db: Db,
  span: { workspaceId: string; since: Date },
): Promise<SegmentGrowth[]> {
  const rows = await rowsOf<{
    key: string;
    name: string;
    kind: string;
    size: string;
    before: string;
    as_of: Date;
  }>(
    db,
    sql`
    with was as (
      select distinct on (z.segment_key) z.segment_key, z.size
        from ${segmentSizes} z
       where z.workspace_id = ${span.workspaceId}
       order by z.segment_key, (z.as_of <= ${span.since}) desc,
                case when z.as_of <= ${span.since} then z.as_of end desc, z.as_of
    )
    select s.key, s.name, s.kind, s.size, was.size as before, s.as_of
      from ${segments} s join was on was.segment_key = s.key
     where s.workspace_id = ${span.workspaceId} and s.removed_at is null and s.is_enabled and s.size <> was.size
     order by abs(s.size - was.size) desc, s.size desc
     limit 8`,
  );
  return rows.map((row) => ({
    key: row.key,
    name: row.name,
    kind: row.kind,
    size: Number(row.size),
    before: Number(row.before),
    asOf: new Date(row.as_of),
  }));
}
