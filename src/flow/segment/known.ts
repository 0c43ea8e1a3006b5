import { eq } from 'drizzle-orm';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { eventNames } from '../../db/schema/identify.ts';
import { segments } from '../../db/schema/segment.ts';
import { listChosenKeys } from './choices.sql.ts';
import type { Known } from './rules/kind.ts';

/** What rules of this workspace may name, and the small integers of its event names. */
export type Knowledge = {
  known: Known;
  nameIds: Map<string, number>;
  /** Segments that somebody was put into or left out of by hand. */
  chosen: Set<string>;
};

export async function loadKnowledge(
  db: Db,
  workspace: Pick<Workspace, 'id' | 'timezone'>,
): Promise<Knowledge> {
  const keys = await db
    .select({ key: segments.key, removedAt: segments.removedAt })
    .from(segments)
    .where(eq(segments.workspaceId, workspace.id));
  const ofSources = await db
    .select({ key: sources.key, id: sources.id })
    .from(sources)
    .where(eq(sources.workspaceId, workspace.id));
  const names = await db
    .select({ id: eventNames.id, name: eventNames.name })
    .from(eventNames)
    .where(eq(eventNames.workspaceId, workspace.id));
  return {
    known: {
      zone: workspace.timezone,
      segments: new Set(keys.filter((row) => row.removedAt === null).map((row) => row.key)),
      sources: new Map(ofSources.map((row) => [row.key, row.id])),
    },
    nameIds: new Map(names.map((row) => [row.name, row.id])),
    chosen: await listChosenKeys(db, workspace.id),
  };
}
