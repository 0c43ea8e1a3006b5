import { and, eq } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { checkSettings } from './settings.ts';
import { getConnector, openSecrets, type Source } from './sources.ts';

/** Keeps what the fields of a source mean, beside its other settings. Throws Invalid where it cannot be so. */
export async function setFieldMapping(
  db: Db,
  source: Source,
  mapping: Record<string, unknown>,
): Promise<void> {
  const { settings: schema } = getConnector(source.connector);
  checkSettings(schema, { ...source.settings, ...openSecrets(source), mapping });
  await db
    .update(sources)
    .set({ settings: { ...source.settings, mapping } })
    .where(and(eq(sources.workspaceId, source.workspaceId), eq(sources.id, source.id)));
}
