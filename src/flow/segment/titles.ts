import { eq } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { segments } from '../../db/schema/segment.ts';
import type { Titles } from './rules/kind.ts';

/** What segments and sources are called, for sentences on pages. Also of removed ones: old versions name them. */
export async function loadTitles(db: Db, workspaceId: string): Promise<Titles> {
  const ofSegments = await db
    .select({ key: segments.key, name: segments.name })
    .from(segments)
    .where(eq(segments.workspaceId, workspaceId));
  const ofSources = await db
    .select({ key: sources.key, name: sources.name })
    .from(sources)
    .where(eq(sources.workspaceId, workspaceId));
  return { segments: titlesOf(ofSegments), sources: titlesOf(ofSources) };
}

function titlesOf(rows: { key: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ key, name }) => [key, name]));
}
