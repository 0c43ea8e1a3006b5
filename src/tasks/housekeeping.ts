import { now } from '../base/clock.ts';
import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { findLastFinish, forgetTicks } from '../db/ticks.ts';
import { emptyOldRecords } from '../flow/collect/retention.ts';

/** Minutes are forgotten after a day, days after a year: nobody tries them again. */
const MINUTES_KEPT_MS = 24 * 60 * 60_000;
const DAYS_KEPT_MS = 366 * 24 * 60 * 60_000;

/** Puts away what a business no longer needs: old payloads, and the schedule's own marks. */
export async function keepHouse(
  database: Database,
  workspaceId: string,
  jobs: { job: string; isEachMinute: boolean }[],
): Promise<void> {
  const { workspace } = await withWorkspace(database, workspaceId, async ({ workspace }) => ({ workspace }));
  const last = await findLastFinish(database, workspaceId, 'housekeeping');
  const emptied = await emptyOldRecords(database, workspace, last);
  for (const { job, isEachMinute } of jobs) {
    const keptMs = isEachMinute ? MINUTES_KEPT_MS : DAYS_KEPT_MS;
    const before = new Date(now().getTime() - keptMs).toISOString().slice(0, 16);
    await forgetTicks(database, workspaceId, job, before);
  }
  log.info({ workspace: workspaceId, ...emptied }, 'Old records were emptied');
}
