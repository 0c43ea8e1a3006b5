import { z } from 'zod';
import { now } from '../../base/clock.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { emptyOldPayloads, emptyOldQuarantine } from './retention.sql.ts';

const DAY_MS = 24 * 60 * 60_000;
const BATCH = 5_000;
/** How far back a night looks beyond the last one, so that a shorter setting is met too. */
const LOOK_BACK_DAYS = 60;

const retention = z.object({ retentionDays: z.number().int().min(1).max(3650).default(30) });

/**
 * Empties what sources said once it is older than the workspace keeps it (30 days unless it says otherwise):
 * payloads of raw events and of quarantine. `lastDoneAt` is the night before, null for the first one.
 */
export async function emptyOldRecords(
  database: Database,
  workspace: Pick<Workspace, 'id' | 'settings'>,
  lastDoneAt: Date | null,
): Promise<{ payloads: number; quarantined: number }> {
  const { retentionDays } = retention.parse(workspace.settings);
  const to = daysBefore(now(), retentionDays);
  const from = lastDoneAt ? daysBefore(lastDoneAt, Math.max(retentionDays, LOOK_BACK_DAYS) + 2) : new Date(0);
  let payloads = 0;
  for (;;) {
    const emptied = await emptyOldPayloads(database.db, workspace.id, { from, to }, BATCH);
    payloads += emptied;
    if (emptied < BATCH) break;
  }
  return { payloads, quarantined: await emptyOldQuarantine(database.db, workspace.id, to) };
}

function daysBefore(instant: Date, days: number): Date {
  return new Date(instant.getTime() - days * DAY_MS);
}
