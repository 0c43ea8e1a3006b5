import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database } from '../db/pool.ts';
import { getConnector, getSource } from '../flow/collect/sources.ts';
import { closeAbandoned, openRun } from '../flow/collect/sync.sql.ts';
import { type SyncOptions, type SyncResult, syncSource } from '../flow/collect/sync.ts';
import { findDueSources, findUnsyncedSources } from '../flow/collect/sync-due.sql.ts';
import { INTERRUPTED } from '../flow/collect/sync-words.ts';

/** Two vendors at a time: a night of many sources shall not take every database connection. */
const LANES = 2;
const SILENT_MS = 10 * 60_000;

const stopping = new AbortController();
const underway = new Set<Promise<unknown>>();

/**
 * Starts a sync and returns its run at once, for a page that shows it. Throws NotFound for a source that is not
 * there; everything after that is told by the run.
 */
export async function startSync(
  database: Database,
  workspaceId: string,
  sourceId: string,
  options: Pick<SyncOptions, 'trigger' | 'full' | 'window'>,
): Promise<string> {
  const source = await getSource(database.db, workspaceId, sourceId);
  if (getConnector(source.connector).streams.length === 0)
    throw new Conflict(`${source.name} sends its data by itself; there is nothing to fetch.`);
  const runId = newId();
  await openRun(database.db, { workspaceId, sourceId, runId }, options, now());
  track(syncQuietly(database, workspaceId, sourceId, { ...options, runId }));
  return runId;
}

/** Starts what is due between the nights; does not wait for it, as a first sync may take hours. */
export async function syncDueSources(database: Database, workspaceId: string): Promise<void> {
  const before = new Date(now().getTime() - SILENT_MS);
  await closeAbandoned(database.db, workspaceId, INTERRUPTED, { before, now: now() });
  const due = await withWorkspace(database, workspaceId, async ({ db }) =>
    findDueSources(db, workspaceId, now()),
  );
  track(syncInLanes(database, workspaceId, due));
}

/** Fetches every source that has not been fetched since, and waits for all of them. */
export async function syncAllSources(database: Database, workspaceId: string, since: Date): Promise<void> {
  const ids = await withWorkspace(database, workspaceId, async ({ db }) =>
    findUnsyncedSources(db, workspaceId, since),
  );
  const work = syncInLanes(database, workspaceId, ids);
  track(work);
  await work;
}

/** Lets each running sync store its page and end; for the end of the process. */
export async function stopSyncs(): Promise<void> {
  stopping.abort();
  await Promise.allSettled([...underway]);
}

async function syncInLanes(database: Database, workspaceId: string, sourceIds: string[]): Promise<void> {
  const waiting = [...sourceIds];
  const lane = async () => {
    for (let id = waiting.shift(); id && !stopping.signal.aborted; id = waiting.shift())
      await syncQuietly(database, workspaceId, id, { trigger: 'schedule' });
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** The run tells how it went; only what has no run of its own is logged. */
async function syncQuietly(
  database: Database,
  workspaceId: string,
  sourceId: string,
  options: SyncOptions,
): Promise<SyncResult | null> {
  try {
    return await syncSource(database, workspaceId, sourceId, { ...options, signal: stopping.signal });
  } catch (error) {
    if (error instanceof Conflict) log.info({ source: sourceId }, 'A sync was not started: one is at work');
    else log.error({ err: error, source: sourceId }, 'A sync could not be started');
    return null;
  }
}

function track(work: Promise<unknown>): void {
  underway.add(work);
  void work.finally(() => underway.delete(work));
}
