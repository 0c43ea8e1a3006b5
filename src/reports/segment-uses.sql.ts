import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../db/pool.ts';
import { pins, segments } from '../db/schema/segment.ts';
import { campaigns } from '../db/schema/send.ts';
import { destinations } from '../db/schema/send-destinations.ts';

export type SegmentUse = {
  key: string;
  kind: 'campaign' | 'destination' | 'segment' | 'pins';
  id: string;
  name: string;
};

/** What relies on segments: messages, destinations, rules that name them, pinned people. One key, or all of them. */
export async function listUses(db: Db, wish: { workspaceId: string; key?: string }): Promise<SegmentUse[]> {
  const key = wish.key ?? null;
  return await rowsOf<SegmentUse>(
    db,
    sql`
    select u.key, u.kind, u.id, u.name from (
      select c.segment_key as key, 'campaign' as kind, c.id::text as id, c.name from ${campaigns} c
       where c.workspace_id = ${wish.workspaceId}
       union all
      select d.segment_key, 'destination', d.id::text, d.name from ${destinations} d
       where d.workspace_id = ${wish.workspaceId} and d.removed_at is null
       union all
      select distinct named.key #>> '{}', 'segment', s.key, s.name from ${segments} s
       cross join lateral jsonb_path_query(s.definition, '$.**.segment') as named (key)
       where s.workspace_id = ${wish.workspaceId} and s.removed_at is null
       union all
      select p.segment_key, 'pins', p.segment_key, count(*)::text from ${pins} p
       where p.workspace_id = ${wish.workspaceId} group by p.segment_key
    ) u
     where ${key}::text is null or u.key = ${key}
     order by u.kind, u.name limit 2000`,
  );
}
