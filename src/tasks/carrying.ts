import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '../base/clock.ts';
import { log } from '../base/log.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { completeNotices } from '../flow/collect/notices.ts';
import { onStored } from '../flow/collect/wake.ts';
import { findWorkspacesWithNotices, findWorkspacesWithRawEvents } from './carrying.sql.ts';
import { carry } from './pipeline.ts';

/** Within 5 seconds of its 2xx a tracked event shall stand on its profile, whichever process took it in. */
const LOOK_MS = 2_000;
/** A batch commits as a whole or not at all, so an end that cannot wait for a long queue harms nothing. */
const GRACE_MS = 4_000;

export type Stoppable = { stop: () => Promise<void> };

/**
 * Carries what is stored on to people, in the background, as long as the process runs: at once when this process
 * stored it, else at the next look. Several processes may do so; the lease of a workspace lets one at a time.
 */
export function startCarrying(database: Database): Stoppable {
  const busy = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const stopping = new AbortController();

  const start = (workspaceId: string) => {
    if (stopping.signal.aborted) return;
    if (busy.has(workspaceId)) {
      again.add(workspaceId);
      return;
    }
    const work = carryQuietly(database, workspaceId, stopping.signal).finally(() => {
      busy.delete(workspaceId);
      if (again.delete(workspaceId)) start(workspaceId);
    });
    busy.set(workspaceId, work);
  };
  const timer = setInterval(() => void look(database, start), LOOK_MS);
  const silence = onStored(start);
  return {
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      silence();
      await Promise.race([Promise.allSettled(busy.values()), sleep(GRACE_MS, undefined, { ref: false })]);
    },
  };
}

async function look(database: Database, start: (workspaceId: string) => void): Promise<void> {
  try {
    const waiting = await withPlatform(database, async (db) => [
      ...(await findWorkspacesWithRawEvents(db)),
      ...(await findWorkspacesWithNotices(db, now())),
    ]);
    for (const workspaceId of new Set(waiting)) start(workspaceId);
  } catch (error) {
    log.warn({ err: error }, 'Could not look for what waits; it is looked for again');
  }
}

async function carryQuietly(database: Database, workspaceId: string, signal: AbortSignal): Promise<void> {
  try {
    await completeNotices(database, workspaceId);
    await carry(database, workspaceId, { signal });
  } catch (error) {
    log.error({ err: error, workspace: workspaceId }, 'What is stored could not be carried on');
  }
}
