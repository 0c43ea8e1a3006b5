import { eq, sql } from 'drizzle-orm';
import type { Db } from './pool.ts';
import { workspaces } from './schema/db.ts';

/** Sets one part of a workspace's settings (`sending`); the room that reads the part checks it, before and after. */
export async function saveSettings(
  db: Db,
  workspaceId: string,
  part: Record<string, unknown>,
): Promise<void> {
  const patch = JSON.stringify(part);
  await db
    .update(workspaces)
    .set({ settings: sql`${workspaces.settings} || ${patch}::jsonb` })
    .where(eq(workspaces.id, workspaceId));
}
