import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import { checkLease, type Lease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import {
  deleteSightings,
  listExternalIds,
  listNewestWords,
  noteScan,
} from '../flow/collect/scan-sightings.sql.ts';
import { listStreamRows } from '../flow/collect/source-overview.sql.ts';
import { getConnector, listSources } from '../flow/collect/sources.ts';
import { storeItems } from '../flow/collect/store.ts';
import { syncSource } from '../flow/collect/sync.ts';
import { listedAgain, unseenItem } from '../flow/collect/unseen.ts';
import { countUnseen, listReturned, listUnseen } from '../flow/identify/unseen.sql.ts';
import { carry } from './pipeline.ts';

const DAY_MS = 24 * 60 * 60_000;
const RHYTHM_DAYS = 30;
const WAIT_MS = 10 * 60_000;
const BATCH = 1_000;
/** A vendor that lists fewer than half of whom we know has more likely lost its list than its people. */
const LEAST_SEEN = 0.5;
const LOWEST_SUBJECT = '00000000-0000-0000-0000-000000000000';

export type ScanOf = { workspaceId: string; sourceId: string; stream: string };
export type ScanResult = { known: number; removed: number; returned: number; message: string | null };

/** Reads whole streams again whose vendor never says who was deleted, each once a month. */
export async function scanDueStreams(database: Database, workspaceId: string): Promise<void> {
  for (const of of await listDue(database, workspaceId)) {
    try {
      const result = await scanStream(database, of);
      log.info({ source: of.sourceId, stream: of.stream, ...result }, 'A full scan ended');
    } catch (error) {
      if (error instanceof Conflict)
        log.info({ source: of.sourceId }, 'A full scan was not started: one is at work');
      else log.error({ err: error, source: of.sourceId, stream: of.stream }, 'A full scan failed');
    }
  }
}

/**
 * Reads everything of a stream, and takes back what the vendor does not list any more. Nobody is taken back by a
 * reading that did not come to its end, or that saw fewer than half of those we know.
 */
export async function scanStream(database: Database, of: ScanOf): Promise<ScanResult> {
  // One at a time in a workspace: what one has seen is forgotten as a whole.
  const wish = { workspaceId: of.workspaceId, job: 'scan' };
  const result = await withLease(database, wish, async (lease) => await scan(database, lease, of));
  if (!result) throw new Conflict('A full scan is at work already.');
  return result;
}

async function scan(database: Database, lease: Lease, of: ScanOf): Promise<ScanResult> {
  const { workspaceId, sourceId, stream } = of;
  const task = { id: newId(), startedAt: now() };
  await deleteSightings(database.db, workspaceId);
  const options = { trigger: 'scan' as const, full: true, only: [stream], scanId: task.id, waitMs: WAIT_MS };
  const run = await syncSource(database, workspaceId, sourceId, options);
  await carry(database, workspaceId, { waitMs: WAIT_MS });
  const { known, unseen } = await countUnseen(database.db, of, task);
  const fault = findFault(run, { known, unseen });
  const returned = await takeUpAgain(database, lease, of, task.id);
  const removed = fault ? 0 : await takeBack(database, lease, of, task);
  await carry(database, workspaceId, { waitMs: WAIT_MS });
  await withWorkspace(database, workspaceId, async ({ db }) => {
    await checkLease(db, lease);
    await noteScan(db, of, { at: run.status === 'succeeded' ? now() : null, message: fault });
    await deleteSightings(db, workspaceId);
  });
  return { known, removed, returned, message: fault };
}

/** Why nobody may be taken back; null when all is well. */
function findFault(
  run: { status: string; quarantined: number },
  { known, unseen }: { known: number; unseen: number },
): string | null {
  if (run.status !== 'succeeded')
    return 'The monthly full scan did not come to its end, so nobody was taken back. It is tried again tomorrow.';
  if (run.quarantined > 0)
    return `The monthly full scan could not read ${run.quarantined} of the records, so nobody was taken back.`;
  if (known - unseen < known * LEAST_SEEN)
    return `The monthly full scan found ${known - unseen} of the ${known} people known from here, so nobody was taken back. If so many were really deleted, disconnect the source and connect it again; if not, look at what its key may read.`;
  return null;
}

/** In batches, each in a transaction: what is taken back is said like anything else a vendor says. */
async function takeBack(
  database: Database,
  lease: Lease,
  of: ScanOf,
  task: { id: string; startedAt: Date },
): Promise<number> {
  const { workspaceId, sourceId, stream } = of;
  let removed = 0;
  for (let after = LOWEST_SUBJECT; ; ) {
    const subjects = await listUnseen(database.db, of, { ...task, after, limit: BATCH });
    const last = subjects.at(-1);
    if (last === undefined) return removed;
    await withWorkspace(database, workspaceId, async ({ db }) => {
      await checkLease(db, lease);
      const ids = await listExternalIds(db, workspaceId, subjects);
      const items = ids.map((id) => unseenItem(stream, id, task.startedAt));
      await storeItems(db, { workspaceId, sourceId }, items);
      removed += items.length;
    });
    after = last;
  }
}

/** A thousand a scan: a vendor that loses more than that and finds them again has a larger trouble. */
async function takeUpAgain(database: Database, lease: Lease, of: ScanOf, scanId: string): Promise<number> {
  const { workspaceId, sourceId, stream } = of;
  const subjects = await listReturned(database.db, of, scanId, BATCH);
  return await withWorkspace(database, workspaceId, async ({ db }) => {
    await checkLease(db, lease);
    const items = (await listNewestWords(db, workspaceId, subjects)).map((one) =>
      listedAgain(stream, one, now()),
    );
    await storeItems(db, { workspaceId, sourceId }, items);
    return items.length;
  });
}

/** The first reading of a source was a full one, so the first scan comes a month after it. */
async function listDue(database: Database, workspaceId: string): Promise<ScanOf[]> {
  const before = new Date(now().getTime() - RHYTHM_DAYS * DAY_MS);
  return await withWorkspace(database, workspaceId, async ({ db }) => {
    const sources = (await listSources(db, workspaceId)).filter(({ status }) => status === 'active');
    const rows = await listStreamRows(db, workspaceId);
    return sources.flatMap(({ id: sourceId, connector, createdAt }) =>
      getConnector(connector)
        .streams.filter(({ key, listsAll }) => {
          const row = rows.find((one) => one.sourceId === sourceId && one.stream === key);
          return listsAll && row?.isEnabled && row.lastSuccessAt && (row.scannedAt ?? createdAt) < before;
        })
        .map(({ key: stream }) => ({ workspaceId, sourceId, stream })),
    );
  });
}
