import { setTimeout as sleep } from 'node:timers/promises';
import { schedule as scheduleCron } from 'node-cron';
import { now } from '../base/clock.ts';
import type { Config } from '../base/config.ts';
import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import type { Database } from '../db/pool.ts';
import { sendDue } from '../flow/send/sender.ts';
import { tellTroubles } from './alerting.ts';
import type { Stoppable } from './carrying.ts';
import { keepHouse } from './housekeeping.ts';
import { type Line, type Running, startDueLines } from './lines.ts';
import { runNightly } from './nightly.ts';
import { pushAllDestinations, pushDueDestinations, stopPushes } from './pushing.ts';
import { refreshIfNeeded } from './refreshing.ts';
import { scanDueStreams } from './scanning.ts';
import { stopSyncs, syncAllSources, syncDueSources } from './syncing.ts';

const HOUR_MS = 60 * 60_000;
const GRACE_MS = 5_000;

/** When each business's night begins: its own quiet hours, and before its scoring. */
export const NIGHTLY_SYNC = { hour: 2, minute: 0 };
export const NIGHTLY = { hour: 3, minute: 0 };
export const PUSHES = { hour: 3, minute: 30 };

/**
 * The one line of cron. Every ten seconds this process looks which lines below are due, in the time zone of each
 * business and by the product's clock. The mark that only one process can set lies in the database (db/ticks.ts),
 * so a cron line a job and a zone would add nothing but other ways to be late.
 */
const LOOK = '*/10 * * * * *';

/** Everything a clock starts, in the order in which it matters. */
export function listLines(config: Config, signal: AbortSignal): Line[] {
  const lines: Line[] = [
    {
      job: 'syncs',
      when: 'every minute',
      reason: 'Sources with a rhythm of their own, and runs that failed and are tried again.',
      run: async (database, { id }) => await syncDueSources(database, id),
    },
    {
      job: 'alerts',
      when: 'every minute',
      reason: 'Admins hear of a source that stays in trouble before they miss what it brings.',
      run: async (database, { id }) => void (await tellTroubles(database, config, id)),
    },
    {
      job: 'refresh',
      when: 'every minute',
      reason:
        'A segment is never older than a minute; where nobody changed and nothing is due it costs one look.',
      run: async (database, { id }) => await refreshIfNeeded(database, id),
    },
    {
      job: 'sends',
      when: 'every minute',
      reason: 'Campaigns that were started or whose planned time has come, and what waited for quiet hours.',
      run: async (database, { id }) => await sendQuietly(database, config, id, signal),
    },
    {
      job: 'pushes',
      when: PUSHES,
      reason: 'Segments go out once a day, after the night has brought the people and scored them.',
      run: async (database, { id }) => await pushAllDestinations(database, id),
    },
    {
      job: 'due-pushes',
      when: 'every minute',
      reason:
        'Destinations with a rhythm of their own, pushes that broke off, and what a vendor took its time for.',
      run: async (database, { id }) => await pushDueDestinations(database, id),
    },
    {
      job: 'nightly-sync',
      when: NIGHTLY_SYNC,
      reason:
        'At night vendors are quick and their day is complete; an hour before the scoring that reads it.',
      run: async (database, { id }) => await syncAllSources(database, id, now()),
    },
    {
      job: 'nightly',
      when: NIGHTLY,
      reason:
        'Scores move once a day, when the day before is complete, so that people find them in the morning.',
      // A first sync may take hours; after four the night goes on with what there is.
      after: { job: 'nightly-sync', at: NIGHTLY_SYNC, patienceMs: 4 * HOUR_MS },
      run: async (database, { id }) => await runNightly(database, config, id),
    },
    {
      job: 'scans',
      when: { hour: 5, minute: 0 },
      reason:
        'Few vendors tell who was deleted: once a month all their people are read, when nobody waits for the vendor.',
      run: async (database, { id }) => await scanDueStreams(database, id),
    },
  ];
  const jobs = [...lines, { job: 'housekeeping', when: null }].map(({ job, when }) => ({
    job,
    isEachMinute: when === 'every minute',
  }));
  lines.push({
    job: 'housekeeping',
    when: { hour: 4, minute: 0 },
    reason: 'What is older than the business keeps it goes when the night has nothing else to do.',
    run: async (database, { id }) => await keepHouse(database, id, jobs),
  });
  return lines;
}

/** Starts the clock of this process; SCHEDULE=off never calls it. Looks at once, for what was missed. */
export function startSchedule(database: Database, config: Config): Stoppable {
  const stopping = new AbortController();
  const running: Running = new Map();
  const lines = listLines(config, stopping.signal);
  let looking = Promise.resolve();
  const look = () => {
    looking = looking.then(async () => await lookQuietly(database, lines, running));
  };
  look();
  const task = scheduleCron(LOOK, look);
  return {
    stop: async () => {
      stopping.abort();
      await task.destroy();
      const ends = Promise.allSettled([looking, stopSyncs(), stopPushes(), ...running.values()]);
      await Promise.race([ends, sleep(GRACE_MS, undefined, { ref: false })]);
    },
  };
}

async function lookQuietly(database: Database, lines: Line[], running: Running): Promise<void> {
  try {
    await startDueLines(database, lines, running);
  } catch (error) {
    log.warn({ err: error }, 'The schedule could not look what is due; it looks again');
  }
}

/** Another process at it is as good. */
async function sendQuietly(
  database: Database,
  config: Config,
  workspaceId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await sendDue(database, { workspaceId, config, signal });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}
