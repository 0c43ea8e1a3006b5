import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { rawEvents, scanSightings, sourceStreams, sources } from '../../db/schema/collect.ts';
import { UNSEEN } from './unseen.ts';

type Scan = { workspaceId: string; scanId: string };

/** May run twice. In the order of the ids, as everywhere. */
export async function insertSightings(db: Db, scan: Scan, subjects: string[]): Promise<void> {
  await db.execute(sql`
    insert into ${scanSightings} (workspace_id, scan_id, subject)
    select ${scan.workspaceId}::uuid, ${scan.scanId}::uuid, g.subject
      from unnest(${sql.param(subjects)}::uuid[]) as g (subject)
     order by g.subject
        on conflict do nothing`);
}

/** Forgets what scans have seen: of the one that has ended, and of those whose process died. */
export async function deleteSightings(db: Db, workspaceId: string): Promise<void> {
  await db.execute(sql`delete from ${scanSightings} where workspace_id = ${workspaceId}`);
}

/** What the vendor calls some things; index raw_events_subject. */
export async function listExternalIds(db: Db, workspaceId: string, subjects: string[]): Promise<string[]> {
  const rows = await rowsOf<{ externalId: string }>(
    db,
    sql`select distinct on (r.subject) r.external_id as "externalId" from ${rawEvents} r
         where r.workspace_id = ${workspaceId} and r.subject = any(${sql.param(subjects)}::uuid[])
         order by r.subject`,
  );
  return rows.map(({ externalId }) => externalId);
}

/** The newest words of some things; of those that retention has emptied there are none. */
export async function listNewestWords(
  db: Db,
  workspaceId: string,
  subjects: string[],
): Promise<{ externalId: string; payload: Record<string, unknown> }[]> {
  return await rowsOf(
    db,
    sql`select distinct on (r.subject) r.external_id as "externalId", r.payload from ${rawEvents} r
         where r.workspace_id = ${workspaceId} and r.subject = any(${sql.param(subjects)}::uuid[])
           and r.payload is not null and r.version not like ${`${UNSEEN}%`}
         order by r.subject, r.received_at desc, r.id`,
  );
}

type Stream = { workspaceId: string; sourceId: string; stream: string };

/** How the full scan of a stream ended: `at` is null when it did not come to its end. */
export async function noteScan(
  db: Db,
  of: Stream,
  end: { at: Date | null; message: string | null },
): Promise<void> {
  await db.execute(sql`
    update ${sourceStreams}
       set scanned_at = coalesce(${end.at?.toISOString() ?? null}::timestamptz, scanned_at), scan_message = ${end.message}
     where workspace_id = ${of.workspaceId} and source_id = ${of.sourceId} and stream = ${of.stream}`);
}

/** Scans that took nobody back, and why: somebody has to look. */
export async function listScanTroubles(
  db: Db,
  workspaceId: string,
): Promise<{ sourceId: string; sourceName: string; message: string }[]> {
  return await rowsOf(
    db,
    sql`select t.source_id as "sourceId", s.name as "sourceName", t.scan_message as message
          from ${sourceStreams} t
          join ${sources} s on s.workspace_id = t.workspace_id and s.id = t.source_id and s.removed_at is null
         where t.workspace_id = ${workspaceId} and t.scan_message is not null and t.is_enabled
         order by s.name limit 100`,
  );
}
