import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../base/clock.ts';
import { NotFound } from '../base/errors.ts';
import { type Workspace, withPlatform } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database, Db } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';
import { createBuiltInSources } from '../flow/collect/sources.ts';
import { markEveryoneChanged } from '../flow/identify/changes.ts';
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

/**
 * Another zone or currency makes other days and other revenue of what is known: everyone is computed anew, which is told.
 * Dates of people stand in the zone that `datedZone` names until they have been read anew (tasks/redating.ts).
 */
export async function updateWorkspace(
  database: Database,
  id: string,
  fields: WorkspaceFields,
): Promise<{ isComputedAnew: boolean }> {
  return await withPlatform(database, async (db) => {
    const [before] = await db.select().from(workspaces).where(eq(workspaces.id, id)).for('update');
    if (!before) throw new NotFound('There is no such workspace.');
    const isElsewhere = before.timezone !== fields.timezone;
    const settings = sql`jsonb_build_object('datedZone', ${workspaces.timezone}) || ${workspaces.settings}`;
    await db
      .update(workspaces)
      .set({ ...fields, ...(isElsewhere ? { settings } : {}) })
      .where(eq(workspaces.id, id));
    const isComputedAnew = isElsewhere || before.currency !== fields.currency;
    if (isComputedAnew) await markEveryoneChanged(db, id);
    return { isComputedAnew };
  });
}

/** Dates of people stand in this zone of the business now; nothing happens where it chose another meanwhile. */
export async function markDated(db: Db, { id, timezone }: Pick<Workspace, 'id' | 'timezone'>): Promise<void> {
  await db
    .update(workspaces)
    .set({ settings: sql`${workspaces.settings} - 'datedZone'` })
    .where(and(eq(workspaces.id, id), eq(workspaces.timezone, timezone)));
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
