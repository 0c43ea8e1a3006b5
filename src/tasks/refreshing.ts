import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { isAnyoneDue } from '../flow/segment/due.ts';
import { refreshWorkspace } from '../flow/segment/refresh.ts';
import { redateIfNeeded } from './redating.ts';
import { needsRefresh } from './refreshing.sql.ts';

const WAIT_MS = 15 * 60_000;

/** The refresh of the minute, where there is anything to do. Another process at it is as good. */
export async function refreshIfNeeded(database: Database, workspaceId: string): Promise<void> {
  await redateIfNeeded(database, workspaceId);
  const isNeeded = await withWorkspace(
    database,
    workspaceId,
    async ({ db, workspace }) =>
      (await needsRefresh(db, workspaceId)) || (await isAnyoneDue(db, workspace, now())),
  );
  if (!isNeeded) return;
  try {
    await refreshWorkspace(database, workspaceId, { trigger: 'schedule', waitMs: 0 });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

/** The refresh of the night: scores first, and with them the limits of the automatic segments. */
export async function scoreNightly(database: Database, workspaceId: string): Promise<void> {
  await refreshWorkspace(database, workspaceId, { trigger: 'nightly', score: true, waitMs: WAIT_MS });
}

/** Scores at once, after somebody changed the limits by hand. */
export async function scoreNow(database: Database, workspaceId: string): Promise<void> {
  await refreshWorkspace(database, workspaceId, { trigger: 'limits', score: true });
}
