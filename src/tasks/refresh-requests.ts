import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { endQueuedRefresh, queueRefresh, refreshWorkspace } from '../flow/segment/refresh.ts';
import { carry } from './pipeline.ts';

/** Somebody who asks waits longer than the schedule: another refresh may be at work. */
const WAIT_MS = 10 * 60_000;

export type RefreshRequest = { trigger: string; full?: boolean | undefined; asOf?: Date | undefined };

/** Writes down a refresh, begins it in the background, and gives its id: how it goes stands in its row. */
export async function startRefresh(
  database: Database,
  workspaceId: string,
  request: RefreshRequest,
): Promise<string> {
  const id = await withWorkspace(database, workspaceId, async ({ db }) =>
    queueRefresh(db, workspaceId, request.trigger),
  );
  void refreshQuietly(database, workspaceId, id, request);
  return id;
}

/** The row tells how it went; a refresh that could not begin is told there too. */
async function refreshQuietly(
  database: Database,
  workspaceId: string,
  id: string,
  { trigger, full, asOf }: RefreshRequest,
): Promise<void> {
  try {
    await carry(database, workspaceId, { waitMs: WAIT_MS });
    await refreshWorkspace(database, workspaceId, {
      id,
      trigger,
      waitMs: WAIT_MS,
      ...(full ? { full } : {}),
      ...(asOf ? { asOf } : {}),
    });
  } catch (error) {
    log.error({ err: error, workspaceId, refresh: id }, 'A refresh that was asked for failed');
    const message = error instanceof Error ? error.message : 'It could not begin.';
    await withWorkspace(database, workspaceId, async ({ db }) =>
      endQueuedRefresh(db, workspaceId, id, message),
    ).catch((cause) => log.error({ err: cause, workspaceId }, 'A refresh could not be marked as failed'));
  }
}
