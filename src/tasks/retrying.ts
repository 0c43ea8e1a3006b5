import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { countQuarantined, requeueQuarantined } from '../flow/collect/quarantine-retry.sql.ts';
import { carry } from './pipeline.ts';

/** As many as a page may wait for. */
const AT_ONCE = 2_000;
const CARRY_WAIT_MS = 60_000;

/**
 * Maps records once more that were set aside, after a fix: of a mapping, of the settings, of the product. What can be
 * read now goes on to people; what cannot is set aside anew with its reason. `ids` null: all of the source.
 */
export async function retryQuarantined(
  database: Database,
  source: { workspaceId: string; sourceId: string },
  ids: string[] | null,
): Promise<{ tried: number; passed: number }> {
  const { workspaceId } = source;
  const subjects = await withWorkspace(database, workspaceId, async ({ db }) =>
    requeueQuarantined(db, source, ids, AT_ONCE),
  );
  if (subjects.length === 0) return { tried: 0, passed: 0 };
  await carry(database, workspaceId, { waitMs: CARRY_WAIT_MS });
  const left = await withWorkspace(database, workspaceId, async ({ db }) =>
    countQuarantined(db, source, subjects),
  );
  return { tried: subjects.length, passed: subjects.length - left };
}
