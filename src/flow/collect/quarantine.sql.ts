import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { quarantine } from '../../db/schema/collect.ts';

export type QuarantineRow = {
  id: string;
  subject: string | null;
  stream: string;
  line: number | null;
  path: string;
  reason: string;
  payload: string;
};

type Scope = {
  workspaceId: string;
  sourceId: string;
  runId: string | null;
  uploadId: string | null;
  receivedAt: Date;
};

/** Adds rows to quarantine. The id is made of what was refused and where, so running it twice adds nothing. */
export async function insertQuarantine(db: Db, scope: Scope, rows: QuarantineRow[]): Promise<void> {
  const column = (pick: (row: QuarantineRow) => string | number | null) => sql.param(rows.map(pick));
  await db.execute(sql`
    insert into ${quarantine}
           (workspace_id, id, source_id, run_id, upload_id, subject, stream, line, path, reason, payload, received_at)
    select ${scope.workspaceId}::uuid, g.id, ${scope.sourceId}::uuid, ${scope.runId}::uuid, ${scope.uploadId}::uuid,
           g.subject, g.stream, g.line, g.path, g.reason, g.payload::jsonb, ${scope.receivedAt.toISOString()}::timestamptz
      from unnest(
             ${column((row) => row.id)}::uuid[], ${column((row) => row.subject)}::uuid[],
             ${column((row) => row.stream)}::text[], ${column((row) => row.line)}::integer[],
             ${column((row) => row.path)}::text[], ${column((row) => row.reason)}::text[],
             ${column((row) => row.payload)}::text[]
           ) as g (id, subject, stream, line, path, reason, payload)
        on conflict (workspace_id, id) do nothing`);
}
