import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { scanSightings } from '../../db/schema/collect.ts';

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

/** Forgets what scans have seen: the one that has ended, and those of processes that died. */
export async function deleteSightings(db: Db, workspaceId: string, scanIds: string[]): Promise<void> {
  await db.execute(sql`
    delete from ${scanSightings}
     where workspace_id = ${workspaceId} and scan_id = any(${sql.param(scanIds)}::uuid[])`);
}
