import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import type { Database } from '../db/pool.ts';
import { checkSomeSegments } from '../flow/segment/checks.ts';
import { sendHeartbeat } from './heartbeat.ts';
import { renewAllInsights } from './insights.ts';
import { carry } from './pipeline.ts';
import { reconcileAll } from './reconciling.ts';
import { scoreNightly } from './refreshing.ts';
import { syncAllSources } from './syncing.ts';

/** A source that was fetched this short a time ago is not fetched again: the sync of two o'clock did it. */
const FRESH_MS = 3 * 60 * 60_000;
const CARRY_WAIT_MS = 10 * 60_000;

/**
 * The night of one business: everything is fetched, carried to people, scored and put into segments, and a part of
 * these held against a computation from nothing; then the watcher outside is told. A step that fails is logged and
 * does not keep the others from their work.
 */
export async function runNightly(database: Database, config: Config, workspaceId: string): Promise<void> {
  const since = new Date(now().getTime() - FRESH_MS);
  const steps: [string, () => Promise<unknown>][] = [
    ['sync', async () => await syncAllSources(database, workspaceId, since)],
    ['carry', async () => await carry(database, workspaceId, { waitMs: CARRY_WAIT_MS })],
    ['reconcile', async () => await reconcileAll(database, workspaceId)],
    ['score', async () => await scoreNightly(database, workspaceId)],
    ['check', async () => await checkSomeSegments(database, workspaceId)],
    ['insights', async () => await renewAllInsights(database, workspaceId)],
    ['heartbeat', async () => await sendHeartbeat(config)],
  ];
  for (const [step, run] of steps) await runStep(workspaceId, step, run);
}

async function runStep(workspaceId: string, step: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.error({ err: error, workspace: workspaceId, step }, 'A step of the night failed');
  }
}
