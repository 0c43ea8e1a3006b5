import { now } from '../../base/clock.ts';
import { Conflict, ConnectorError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { withWorkspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import { type Lease, withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { destinationRuns } from '../../db/schema/send-destinations.ts';
import { openContext } from '../collect/connection.ts';
import { getConnector, getSource } from '../collect/sources.ts';
import { refreshAddresses } from './addresses.ts';
import { countDifference } from './destination-difference.sql.ts';
import { closeAbandonedRuns, countThere, followMerges } from './destination-members.sql.ts';
import { audienceOf, type Destination, getDestination, setDestination, wishOf } from './destinations.ts';
import { membersOf } from './eligibility.sql.ts';
import { isRun, type Push, pushDepartures, pushPages, settleTickets } from './push-batches.ts';
import { nextPushAfter } from './push-times.ts';
import { settleQuietChanges } from './quiet.sql.ts';

export type PushResult = {
  run: string;
  status: 'succeeded' | 'partial' | 'failed';
  added: number;
  removed: number;
  refused: number;
  waiting: number;
  message: string | null;
};
export type PushWish = { workspaceId: string; destinationId: string; isDryRun?: boolean };

/**
 * Brings a place outside up to the segment, by difference: who left goes first, then who came. Each batch's
 * answer is kept before the next is sent, so a push that broke off goes on where it was. A dry run only counts.
 */
export async function pushDestination(database: Database, wish: PushWish): Promise<PushResult> {
  const job = `push ${wish.destinationId}`;
  const result = await withLease(database, { workspaceId: wish.workspaceId, job }, async (lease) => {
    const push = await openRun(database, wish, lease);
    return wish.isDryRun ? await countOnly(push) : await runPush(push);
  });
  if (!result) throw new Conflict('This destination is being pushed to already.');
  return result;
}

async function openRun(database: Database, wish: PushWish, lease: Lease): Promise<Push> {
  const { workspaceId, destinationId } = wish;
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const destination = await getDestination(db, workspaceId, destinationId);
    const source = await getSource(db, workspaceId, destination.sourceId);
    const connector = getConnector(source.connector);
    const target = wishOf(destination, connector);
    const runId = newId();
    await closeAbandonedRuns(db, target, now());
    const isDryRun = wish.isDryRun ?? false;
    const run = { workspaceId, id: runId, destinationId, status: 'running', isDryRun, startedAt: now() };
    await db.insert(destinationRuns).values(run);
    await refreshAddresses(db, workspaceId, membersOf(workspaceId, destination.segmentKey));
    await followMerges(db, target);
    await settleQuietChanges(db, target, now());
    const { country } = workspace.settings;
    return {
      database,
      lease,
      destination,
      wish: target,
      runId,
      connector,
      audience: audienceOf(connector),
      context: openContext(database, workspace, source),
      country: typeof country === 'string' ? country : undefined,
      tally: { added: 0, removed: 0, refused: 0, waiting: 0 },
    };
  });
}

async function countOnly(push: Push): Promise<PushResult> {
  const { adds, removes } = await withWorkspace(
    push.database,
    push.wish.workspaceId,
    async ({ db }) => await countDifference(db, push.wish, now()),
  );
  Object.assign(push.tally, { added: adds, removed: removes });
  return await endRun(push, 'succeeded', 'Nothing was sent: this was a dry run.');
}

async function runPush(push: Push): Promise<PushResult> {
  try {
    await settleTickets(push);
    await pushDepartures(push);
    await pushPages(push, 'removes');
    await pushPages(push, 'adds');
    const result = await endRun(push, 'succeeded', await sizeAdvice(push));
    await noteSuccess(push);
    return result;
  } catch (error) {
    if (!(error instanceof ConnectorError)) {
      await endRun(push, 'failed', 'Something went wrong on our side; the log says more.');
      throw error;
    }
    log.warn({ destination: push.destination.id, err: error.message }, 'A push has broken off');
    await noteTrouble(push, error);
    const hasBegun = push.tally.added + push.tally.removed + push.tally.refused > 0;
    return await endRun(push, hasBegun ? 'partial' : 'failed', error.message);
  }
}

/** A push may succeed and be of no use: the vendor ignores an audience that is too small. */
async function sizeAdvice({ database, wish, audience: { minimum } }: Push): Promise<string | null> {
  if (!minimum) return null;
  const there = await withWorkspace(database, wish.workspaceId, async ({ db }) => await countThere(db, wish));
  return there < minimum.people ? minimum.advice : null;
}

async function noteSuccess(push: Push): Promise<void> {
  const { destination } = push;
  const isPaused = destination.status === 'paused';
  await change(push, {
    status: isPaused ? 'paused' : 'active',
    statusMessage: null,
    failures: 0,
    nextPushAt: nextPushAfter(
      { ...destination, failures: 0 },
      { at: now(), isWaiting: push.tally.waiting > 0 },
    ),
  });
}

/** Where a person has to do something, the clock does not try again until they have. */
async function noteTrouble(push: Push, error: ConnectorError): Promise<void> {
  const { destination } = push;
  const failures = destination.failures + 1;
  const { retryAfterMs } = error;
  await change(push, {
    status: error.retryable ? destination.status : 'needs_attention',
    statusMessage: error.message,
    failures,
    nextPushAt: nextPushAfter({ ...destination, failures }, { at: now(), retryAfterMs, isWaiting: false }),
  });
}

async function change({ database, wish }: Push, fields: Partial<Destination>): Promise<void> {
  await withWorkspace(database, wish.workspaceId, async ({ db }) => {
    await setDestination(db, wish.workspaceId, wish.destinationId, fields);
  });
}

async function endRun(push: Push, status: PushResult['status'], message: string | null): Promise<PushResult> {
  const { database, wish, runId, tally } = push;
  const { added, removed, refused } = tally;
  await withWorkspace(database, wish.workspaceId, async ({ db }) => {
    await db
      .update(destinationRuns)
      .set({ added, removed, refused, status, message, finishedAt: now() })
      .where(isRun(push));
  });
  return { run: runId, status, ...tally, message };
}
