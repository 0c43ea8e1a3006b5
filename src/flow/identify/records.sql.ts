import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { records } from '../../db/schema/identify.ts';
import { withTimes } from '../../db/times.ts';

/** A thing that can change at a source, in its newest version, and what that gave rise to. */
export type StoredRecord = {
  subject: string;
  sourceId: string;
  stream: string;
  version: string;
  contentHash: string;
  profileId: string | null;
  viaKind: string | null;
  viaValue: string | null;
  eventIds: string[];
  madeAt: Date | null;
  isGone: boolean;
  isSubscribed: boolean;
};

/** Served by the primary key. */
export async function loadRecords(
  db: Db,
  workspaceId: string,
  subjects: string[],
): Promise<Map<string, StoredRecord>> {
  if (subjects.length === 0) return new Map();
  const rows = await rowsOf<Omit<StoredRecord, 'madeAt'> & { madeAt: string | null }>(
    db,
    sql`select subject, source_id as "sourceId", stream, version, content_hash as "contentHash",
               profile_id as "profileId", via_kind as "viaKind", via_value as "viaValue", event_ids as "eventIds",
               made_at as "madeAt", is_gone as "isGone", is_subscribed as "isSubscribed"
          from ${records}
         where workspace_id = ${workspaceId} and subject = any(${sql.param(subjects)}::uuid[])`,
  );
  return new Map(withTimes(rows, 'madeAt').map((row) => [row.subject, row]));
}

/** The caller has made sure that these are not older than what stands there. */
export async function upsertRecords(
  db: Db,
  workspaceId: string,
  rows: StoredRecord[],
  at: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${records} as r
           (workspace_id, subject, source_id, stream, version, content_hash, seen_at, profile_id, via_kind, via_value,
            event_ids, made_at, is_gone, is_subscribed)
    select ${workspaceId}::uuid, g.subject, g."sourceId", g.stream, g.version, g."contentHash",
           ${at.toISOString()}::timestamptz, g."profileId", g."viaKind", g."viaValue",
           array(select json_array_elements_text(g."eventIds"))::uuid[], g."madeAt", g."isGone", g."isSubscribed"
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           (subject uuid, "sourceId" uuid, stream text, version text, "contentHash" text, "profileId" uuid,
            "viaKind" text, "viaValue" text, "eventIds" json, "madeAt" timestamptz, "isGone" boolean, "isSubscribed" boolean)
        on conflict (workspace_id, subject) do update
       set version = excluded.version, content_hash = excluded.content_hash, seen_at = excluded.seen_at,
           profile_id = excluded.profile_id, via_kind = excluded.via_kind, via_value = excluded.via_value,
           event_ids = excluded.event_ids, made_at = excluded.made_at, is_gone = excluded.is_gone,
           is_subscribed = excluded.is_subscribed`);
}
