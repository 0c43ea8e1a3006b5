import { sql } from 'drizzle-orm';
import type { Db } from '../../../db/pool.ts';
import { segments, segmentVersions } from '../../../db/schema/segment.ts';
import type { AutomaticSegment } from './automatic.ts';

/** New ones are added, changed ones get another version, equal ones are left alone. RFM groups follow their data. */
export async function upsertAutomaticSegments(
  db: Db,
  wish: { workspaceId: string; at: Date; segments: AutomaticSegment[] },
): Promise<void> {
  const rows = JSON.stringify(wish.segments);
  await db.execute(sql`
    insert into ${segments} as s
           (workspace_id, key, name, description, kind, definition, version, status, is_enabled, created_at, updated_at)
    select ${wish.workspaceId}::uuid, g.key, g.name, g.description, g.kind, g.definition, 1, 'pending', g."isEnabled",
           ${wish.at}::timestamptz, ${wish.at}::timestamptz
      from json_to_recordset(${rows}::json) as g
           (key text, kind text, name text, description text, definition jsonb, "isEnabled" boolean)
        on conflict (workspace_id, key) do update
       set name = excluded.name, description = excluded.description, definition = excluded.definition,
           version = s.version + case when s.definition is distinct from excluded.definition then 1 else 0 end,
           is_enabled = case when s.kind = 'rfm' then excluded.is_enabled else s.is_enabled end,
           updated_at = excluded.updated_at
     where (s.name, s.description, s.definition) is distinct from (excluded.name, excluded.description, excluded.definition)
        or s.kind = 'rfm' and s.is_enabled is distinct from excluded.is_enabled`);
  await keepVersions(db, wish);
}

/** Each version of a rule is kept, so that history can be read with the rule of its time. */
async function keepVersions(db: Db, wish: { workspaceId: string; at: Date }): Promise<void> {
  await db.execute(sql`
    insert into ${segmentVersions} (workspace_id, segment_key, version, name, definition, created_at)
    select s.workspace_id, s.key, s.version, s.name, s.definition, ${wish.at}::timestamptz
      from ${segments} s
     where s.workspace_id = ${wish.workspaceId} and s.kind in ('lifecycle', 'rfm', 'library')
        on conflict (workspace_id, segment_key, version) do nothing`);
}
