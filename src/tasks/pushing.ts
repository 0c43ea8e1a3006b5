import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { withWorkspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { getDestination, listDestinations, listDueDestinations } from '../flow/send/destinations.ts';
import { type PushResult, pushDestination } from '../flow/send/push.ts';

const underway = new Set<Promise<unknown>>();

/** Starts a push, for a page that shows how it goes; throws NotFound for a destination that is not there. */
export async function startPush(
  database: Database,
  workspaceId: string,
  destinationId: string,
): Promise<void> {
  await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await getDestination(db, workspaceId, destinationId),
  );
  track(pushQuietly(database, workspaceId, destinationId));
}

/** Pushes to every active destination; one that fails does not keep the others. */
export async function pushAllDestinations(database: Database, workspaceId: string): Promise<void> {
  const all = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await listDestinations(db, workspaceId),
  );
  const active = all.filter(({ status }) => status === 'active');
  await pushInTurn(database, workspaceId, active);
}

/** Pushes to those whose time has come between the nights. */
export async function pushDueDestinations(database: Database, workspaceId: string): Promise<void> {
  const due = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await listDueDestinations(db, workspaceId, now()),
  );
  await pushInTurn(database, workspaceId, due);
}

/** Lets each push note its answer and end; for the end of the process. */
export async function stopPushes(): Promise<void> {
  await Promise.allSettled([...underway]);
}

async function pushInTurn(database: Database, workspaceId: string, some: { id: string }[]): Promise<void> {
  for (const { id } of some) await pushQuietly(database, workspaceId, id);
}

/** The run tells how it went; only what has no run of its own is logged. */
async function pushQuietly(
  database: Database,
  workspaceId: string,
  destinationId: string,
): Promise<PushResult | null> {
  try {
    return await pushDestination(database, { workspaceId, destinationId });
  } catch (error) {
    if (error instanceof Conflict)
      log.info({ destination: destinationId }, 'A push was not started: one is at work');
    else log.error({ err: error, destination: destinationId }, 'A push went wrong');
    return null;
  }
}

function track(work: Promise<unknown>): void {
  underway.add(work);
  void work.finally(() => underway.delete(work));
}
