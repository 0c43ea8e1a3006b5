import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../../db/pool.ts';
import { segments, segmentVersions } from '../../../db/schema/segment.ts';
import type { AutomaticSegment } from './automatic.ts';

/**
 * New ones are added, changed ones get another version. RFM groups follow their data. Equal ones are not even offered: a
 * conflict locks its row until the refresh has ended, also where it updates nothing, and nobody could switch it meanwhile.
 */
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
      left join ${segments} k on k.workspace_id = ${wish.workspaceId} and k.key = g.key
     where k.key is null or ${isOther(sql`k`, sql`g`, sql`g."isEnabled"`)}
        on conflict (workspace_id, key) do update
       set name = excluded.name, description = excluded.description, definition = excluded.definition,
           version = s.version + case when s.definition is distinct from excluded.definition then 1 else 0 end,
           is_enabled = case when s.kind = 'rfm' then excluded.is_enabled else s.is_enabled end,
           updated_at = excluded.updated_at
     where ${isOther(sql`s`, sql`excluded`, sql`excluded.is_enabled`)}`);
  await keepVersions(db, wish);
}

function isOther(stored: SQL, given: SQL, isEnabled: SQL): SQL {
  const said = (row: SQL) => sql`(${row}.name, ${row}.description, ${row}.definition)`;
  return sql`(${said(stored)} is distinct from ${said(given)}
              or ${stored}.kind = 'rfm' and ${stored}.is_enabled is distinct from ${isEnabled})`;
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
