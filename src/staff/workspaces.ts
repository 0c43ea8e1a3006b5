import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../base/clock.ts';
import { NotFound } from '../base/errors.ts';
import { withPlatform } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';
import { createBuiltInSources } from '../flow/collect/sources.ts';
import { createDefaultTopics } from '../flow/send/topics.ts';
import { isCurrency, isZone } from './places.ts';

/** What a business says of itself; draws and checks the forms of the first visit and of Settings. */
export const workspaceFields = z.strictObject({
  name: z.string().trim().min(1, 'Give the business a name.').max(100, 'Use at most 100 characters.'),
  timezone: z.string().refine(isZone, 'Choose a time zone such as Europe/Berlin.'),
  currency: z.string().trim().toUpperCase().refine(isCurrency, 'Choose a currency such as EUR.'),
  kind: z.enum(['shop', 'saas', 'both'], 'Choose one of the three.'),
});
export type WorkspaceFields = z.infer<typeof workspaceFields>;

/** Opens a business, with the sources and topics every business has. */
export async function createWorkspace(
  database: Database,
  fields: WorkspaceFields & { isDemo?: boolean },
): Promise<{ id: string }> {
  const id = newId();
  await withPlatform(database, async (db) => {
    await db.insert(workspaces).values({ id, ...fields, createdAt: now() });
    await createBuiltInSources(db, { id });
    await createDefaultTopics(db, { id });
  });
  return { id };
}

export async function updateWorkspace(
  database: Database,
  id: string,
  fields: WorkspaceFields,
): Promise<void> {
  const changed = await withPlatform(database, (db) =>
    db.update(workspaces).set(fields).where(eq(workspaces.id, id)).returning({ id: workspaces.id }),
  );
  if (changed.length === 0) throw new NotFound('There is no such workspace.');
}

/** Sets one part of the settings (`sending`); the room that reads the part checks it, before and after. */
export async function updateWorkspaceSettings(
  database: Database,
  id: string,
  part: Record<string, unknown>,
): Promise<void> {
  const patch = JSON.stringify(part);
  await withPlatform(database, (db) =>
    db
      .update(workspaces)
      .set({ settings: sql`${workspaces.settings} || ${patch}::jsonb` })
      .where(eq(workspaces.id, id)),
  );
}
