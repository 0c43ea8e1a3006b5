import { now } from '../base/clock.ts';
import { localDayOf, startOfDay } from '../base/local-times.ts';
import { log } from '../base/log.ts';
import { type Workspace, withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { findLastFinish, forgetTicks } from '../db/ticks.ts';
import { emptyOldRecords } from '../flow/collect/retention.ts';
import { thinSizes } from '../flow/segment/sizes.sql.ts';

/** Minutes are forgotten after a day, days after a year: nobody tries them again. */
const MINUTES_KEPT_MS = 24 * 60 * 60_000;
const DAYS_KEPT_MS = 366 * 24 * 60 * 60_000;
/** Sizes of segments are kept to the minute for so long, and by the day from then on. */
const SIZES_DAYS = 60;

/** Puts away what a business no longer needs: old payloads, sizes within a day, and the schedule's own marks. */
export async function keepHouse(
  database: Database,
  workspaceId: string,
  jobs: { job: string; isEachMinute: boolean }[],
): Promise<void> {
  const { workspace } = await withWorkspace(database, workspaceId, async ({ workspace }) => ({ workspace }));
  const last = await findLastFinish(database, workspaceId, 'housekeeping');
  const emptied = await emptyOldRecords(database, workspace, last);
  const thinned = await thinOldSizes(database, workspace);
  for (const { job, isEachMinute } of jobs) {
    const keptMs = isEachMinute ? MINUTES_KEPT_MS : DAYS_KEPT_MS;
    const before = new Date(now().getTime() - keptMs).toISOString().slice(0, 16);
    await forgetTicks(database, workspaceId, job, before);
  }
  log.info({ workspace: workspaceId, ...emptied, thinned }, 'Old records were emptied');
}

async function thinOldSizes(database: Database, { id, timezone }: Workspace): Promise<number> {
  const before = new Date(startOfDay(localDayOf(now().getTime(), timezone) - SIZES_DAYS, timezone));
  return await withWorkspace(
    database,
    id,
    async ({ db }) => await thinSizes(db, { workspaceId: id, zone: timezone, before }),
  );
}
