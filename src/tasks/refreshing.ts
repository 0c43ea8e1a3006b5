import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { withWorkspace } from '../db/doors.ts';
import { checkLease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { scoreAndPublish } from '../flow/segment/automatic/scored.ts';
import { refreshWorkspace } from '../flow/segment/refresh.ts';
import { needsRefresh } from './refreshing.sql.ts';

const WAIT_MS = 15 * 60_000;

/** The refresh of the minute, where there is anything to do. Another process at it is as good. */
export async function refreshIfNeeded(database: Database, workspaceId: string): Promise<void> {
  const isNeeded = await withWorkspace(database, workspaceId, async ({ db }) =>
    needsRefresh(db, workspaceId, now()),
  );
  if (!isNeeded) return;
  try {
    await refreshWorkspace(database, workspaceId, { trigger: 'schedule', waitMs: 0 });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

/**
 * The scoring of the night: facts first, as scores are made of them; then the scores, and with them the limits
 * of the automatic segments; then everybody whose score moved. Under the lease of refreshes, so that none reads
 * half a scoring.
 */
export async function scoreNightly(database: Database, workspaceId: string): Promise<void> {
  await refreshWorkspace(database, workspaceId, { trigger: 'nightly', waitMs: WAIT_MS });
  const scored = await withLease(
    database,
    { workspaceId, job: 'refresh', waitMs: WAIT_MS },
    async (lease) => {
      await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
        await checkLease(db, lease);
        await scoreAndPublish(db, workspace, now());
      });
      return true;
    },
  );
  if (!scored) throw new Conflict('A refresh took so long that there was no scoring tonight.');
  await refreshWorkspace(database, workspaceId, { trigger: 'nightly', waitMs: WAIT_MS });
}
