import pg from 'pg';
import { listColumns, listTables } from './copies.ts';
import type { Database } from './pool.ts';

/**
 * Takes a workspace away with every row of it, in one transaction. Tables are found in the catalog, so that a new
 * one is not forgotten; names are quoted, as in backup, since a table cannot be a parameter.
 */
export async function removeWorkspace(database: Database, workspaceId: string): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    for (const table of await listTables(client)) {
      const isOfWorkspace = (await listColumns(client, table)).includes('workspace_id');
      if (isOfWorkspace)
        await client.query(`delete from public.${pg.escapeIdentifier(table)} where workspace_id = $1`, [
          workspaceId,
        ]);
    }
    await client.query('delete from public.workspaces where id = $1', [workspaceId]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
