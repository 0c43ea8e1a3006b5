import { now } from '../base/clock.ts';
import { log } from '../base/log.ts';
import type { Database } from '../db/pool.ts';
import { isFinished, runOnce } from '../db/ticks.ts';
import { findDailySlot, findMinuteSlot, type LocalTime, type Slot } from './slots.ts';
import { listWorkspaces, type ScheduledWorkspace } from './workspaces.ts';

/** One line of the schedule: what is done, when, and why then. */
export type Line = {
  job: string;
  /** Each minute, or once each local day of the workspace. */
  when: 'every minute' | LocalTime;
  reason: string;
  /** A line of the same day that has to be done first; after `patienceMs` it is done all the same. */
  after?: { job: string; at: LocalTime; patienceMs: number };
  run: (database: Database, workspace: ScheduledWorkspace) => Promise<void>;
};

/** What this process is doing, so that it does not start the same thing over itself. */
export type Running = Map<string, Promise<void>>;

/**
 * Starts every line that is due in any workspace and is not done yet; does not wait for them. Each occasion is
 * done once among all processes, a daily one that was missed as soon as somebody looks.
 */
export async function startDueLines(database: Database, lines: Line[], running: Running): Promise<void> {
  for (const workspace of await listWorkspaces(database)) {
    for (const line of lines) {
      const key = `${line.job}|${workspace.id}`;
      if (running.has(key)) continue;
      running.set(
        key,
        runIfDue(database, line, workspace).finally(() => running.delete(key)),
      );
    }
  }
}

async function runIfDue(database: Database, line: Line, workspace: ScheduledWorkspace): Promise<void> {
  const { slot, dueAt } = findSlot(line, workspace);
  // A business that was not there yet has missed nothing.
  if (dueAt < workspace.createdAt && line.when !== 'every minute') return;
  try {
    if (await mustWait(database, line, workspace)) return;
    const tick = { workspaceId: workspace.id, job: line.job, slot };
    await runOnce(database, tick, now, async () => await runLine(database, line, workspace));
  } catch (error) {
    // The tick stays open: the next look tries again.
    log.error({ err: error, job: line.job, workspace: workspace.id }, 'A job of the schedule could not run');
  }
}

function findSlot(line: Line, workspace: ScheduledWorkspace): Slot {
  if (line.when === 'every minute') return findMinuteSlot(now());
  return findDailySlot(workspace.timezone, line.when, now());
}

async function mustWait(database: Database, line: Line, workspace: ScheduledWorkspace): Promise<boolean> {
  if (!line.after) return false;
  const { slot, dueAt } = findDailySlot(workspace.timezone, line.after.at, now());
  const isTooLate = now().getTime() > dueAt.getTime() + line.after.patienceMs;
  if (isTooLate || dueAt < workspace.createdAt) return false;
  return !(await isFinished(database, { workspaceId: workspace.id, job: line.after.job, slot }));
}

/** What a job could not do it has recorded where people look; the occasion is over all the same. */
async function runLine(database: Database, line: Line, workspace: ScheduledWorkspace): Promise<void> {
  const startedAt = performance.now();
  try {
    await line.run(database, workspace);
  } catch (error) {
    log.error({ err: error, job: line.job, workspace: workspace.id }, 'A job of the schedule failed');
  }
  const ms = Math.round(performance.now() - startedAt);
  if (line.when !== 'every minute')
    log.info({ job: line.job, workspace: workspace.id, ms }, 'A daily job ended');
}
