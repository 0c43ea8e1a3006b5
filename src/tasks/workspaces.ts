import { asc } from 'drizzle-orm';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';

export type ScheduledWorkspace = { id: string; timezone: string; createdAt: Date };

/** Every business there is, for what the clock starts. */
export async function listWorkspaces(database: Database): Promise<ScheduledWorkspace[]> {
  const { id, timezone, createdAt } = workspaces;
  return await withPlatform(
    database,
    async (db) =>
      await db.select({ id, timezone, createdAt }).from(workspaces).orderBy(asc(createdAt), asc(id)),
  );
}
