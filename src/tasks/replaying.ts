import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import { checkLease, type Lease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { type ReplayMark, requeueRawEvents } from '../flow/collect/replay.sql.ts';
import { takeBackTraits } from '../flow/profile/take-back.ts';
import { carry } from './pipeline.ts';

/** Few enough that what comes in meanwhile waits for a moment only. */
const BATCH = 5_000;

export type Replay = {
  workspaceId: string;
  sourceId: string;
  /** Traits that the source said before and says no more. */
  droppedTraits?: string[] | undefined;
};

/**
 * Maps everything stored of a source again, with what its fields mean now: events and people that the rows give
 * rise to replace those they gave rise to before. May run twice. Returns how many rows were queued.
 */
export async function replaySource(database: Database, replay: Replay): Promise<{ queued: number }> {
  const { workspaceId, sourceId } = replay;
  const wish = { workspaceId, job: `replay:${sourceId}` };
  const queued = await withLease(database, wish, async (lease) => {
    await dropTraits(database, lease, replay);
    return await requeueAll(database, lease, replay);
  });
  if (queued === null) throw new Conflict('The stored rows of this source are being mapped already.');
  await carry(database, workspaceId, { waitMs: 60_000 });
  log.info({ source: sourceId, queued }, 'Stored rows were mapped again');
  return { queued };
}

/** The same in the background, for a page. */
export function startReplay(database: Database, replay: Replay): void {
  replaySource(database, replay).catch((error) => {
    if (error instanceof Conflict) log.info({ source: replay.sourceId }, 'A replay is at work already');
    else log.error({ err: error, source: replay.sourceId }, 'Stored rows could not be mapped again');
  });
}

async function dropTraits(database: Database, lease: Lease, replay: Replay): Promise<void> {
  const { workspaceId, sourceId, droppedTraits: names = [] } = replay;
  for (;;) {
    const mayBeMore = await withWorkspace(database, workspaceId, async (scope) => {
      await checkLease(scope.db, lease);
      return await takeBackTraits(scope, { sourceId, names });
    });
    if (!mayBeMore) return;
  }
}

async function requeueAll(database: Database, lease: Lease, replay: Replay): Promise<number> {
  let queued = 0;
  for (let after: ReplayMark | null = null; ; ) {
    const batch: Awaited<ReturnType<typeof requeueRawEvents>> = await withWorkspace(
      database,
      replay.workspaceId,
      async ({ db }) => {
        await checkLease(db, lease);
        return await requeueRawEvents(db, replay, after, BATCH);
      },
    );
    queued += batch.queued;
    if (batch.queued < BATCH) return queued;
    after = batch.last;
  }
}
