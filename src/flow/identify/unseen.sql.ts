import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { scanSightings } from '../../db/schema/collect.ts';
import { records } from '../../db/schema/identify.ts';
import { UNSEEN } from '../collect/unseen.ts';

type Stream = { workspaceId: string; sourceId: string; stream: string };

/**
 * How many a scan could have seen, and how many of them it did not: what came in while it read (by a webhook) is
 * left alone. Reads the table as it lies, once a month.
 */
export async function countUnseen(
  db: Db,
  of: Stream,
  scan: { id: string; startedAt: Date },
): Promise<{ known: number; unseen: number }> {
  const [row] = await rowsOf<{ known: string; unseen: string }>(
    db,
    sql`select count(*) as known, count(*) filter (where s.subject is null) as unseen
          from ${records} r
          left join ${scanSightings} s
            on s.workspace_id = r.workspace_id and s.scan_id = ${scan.id} and s.subject = r.subject
         where r.workspace_id = ${of.workspaceId} and ${isKnown(of, scan.startedAt)}`,
  );
  return { known: Number(row?.known ?? 0), unseen: Number(row?.unseen ?? 0) };
}

/** The next of those it did not see, by their ids. */
export async function listUnseen(
  db: Db,
  of: Stream,
  scan: { id: string; startedAt: Date; after: string; limit: number },
): Promise<string[]> {
  const rows = await rowsOf<{ subject: string }>(
    db,
    sql`select r.subject from ${records} r
         where r.workspace_id = ${of.workspaceId} and ${isKnown(of, scan.startedAt)} and r.subject > ${scan.after}::uuid
           and not exists (select 1 from ${scanSightings} s
                            where s.workspace_id = r.workspace_id and s.scan_id = ${scan.id} and s.subject = r.subject)
         order by r.subject limit ${scan.limit}`,
  );
  return rows.map(({ subject }) => subject);
}

/** Those that an earlier scan took back and that are listed again. */
export async function listReturned(db: Db, of: Stream, scanId: string, limit: number): Promise<string[]> {
  const rows = await rowsOf<{ subject: string }>(
    db,
    sql`select r.subject from ${records} r
          join ${scanSightings} s on s.workspace_id = r.workspace_id and s.scan_id = ${scanId} and s.subject = r.subject
         where r.workspace_id = ${of.workspaceId} and r.source_id = ${of.sourceId} and r.stream = ${of.stream}
           and r.is_gone and r.version like ${`${UNSEEN}%`}
         order by r.subject limit ${limit}`,
  );
  return rows.map(({ subject }) => subject);
}

function isKnown(of: Stream, before: Date) {
  return sql`r.source_id = ${of.sourceId} and r.stream = ${of.stream} and not r.is_gone
    and r.seen_at < ${before.toISOString()}::timestamptz`;
}
