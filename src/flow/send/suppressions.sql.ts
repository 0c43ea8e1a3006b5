import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { suppressions } from '../../db/schema/send.ts';

export type SuppressionRow = { hash: string; address: string | null; reason: string };

/**
 * Adds addresses never to write to. May run twice: one that is there keeps its first reason and time; nothing here
 * takes one away. Served by the primary key. Returns the hashes that are new.
 */
export async function insertSuppressions(
  db: Db,
  scope: { workspaceId: string; sourceId: string | null; at: Date },
  rows: SuppressionRow[],
): Promise<string[]> {
  const column = (pick: (row: SuppressionRow) => string | null) => sql.param(rows.map(pick));
  const added = await rowsOf<{ hash: string }>(
    db,
    sql`insert into ${suppressions} (workspace_id, channel, hash, address, reason, source_id, created_at)
        select ${scope.workspaceId}::uuid, 'email', g.hash, g.address, g.reason, ${scope.sourceId}::uuid,
               ${scope.at.toISOString()}::timestamptz
          from unnest(${column((row) => row.hash)}::text[], ${column((row) => row.address)}::text[],
                      ${column((row) => row.reason)}::text[]) as g (hash, address, reason)
            on conflict (workspace_id, channel, hash) do nothing
        returning hash`,
  );
  return added.map((row) => row.hash);
}
