import { now } from '../../base/clock.ts';
import { Conflict, ConnectorError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { withWorkspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import { type Lease, withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { destinationRuns } from '../../db/schema/send.ts';
import { openContext } from '../collect/connection.ts';
import { getConnector, getSource } from '../collect/sources.ts';
import { refreshAddresses } from './addresses.ts';
import { countDifference } from './destination-members.sql.ts';
import { getDestination, listDestinations, setDestination } from './destinations.ts';
import { membersOf } from './eligibility.sql.ts';
import { isRun, type Push, pushPages, settleTickets } from './push-batches.ts';
import { settleQuietChanges } from './quiet.sql.ts';

export type PushResult = {
  run: string;
  status: 'succeeded' | 'partial' | 'failed';
  added: number;
  removed: number;
  refused: number;
  message: string | null;
};

/**
 * Brings a place outside up to the segment, by difference: who left goes first, then who came. Each batch's
 * answer is kept before the next is sent, so a push that broke off goes on where it was. A dry run only counts.
 */
export async function pushDestination(
  database: Database,
  wish: { workspaceId: string; destinationId: string; isDryRun?: boolean },
): Promise<PushResult> {
  const job = `push ${wish.destinationId}`;
  const result = await withLease(database, { workspaceId: wish.workspaceId, job }, async (lease) => {
    const push = await openRun(database, wish, lease);
    return wish.isDryRun ? await countOnly(push) : await runPush(push);
  });
  if (!result) throw new Conflict('This destination is being pushed to already.');
  return result;
}

/** Pushes to every active destination of a workspace; one that fails does not keep the others. */
export async function pushDestinations(database: Database, workspaceId: string): Promise<PushResult[]> {
  const active = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await listDestinations(db, workspaceId),
  );
  const results: PushResult[] = [];
  for (const { id, status } of active) {
    if (status === 'active')
      results.push(await pushDestination(database, { workspaceId, destinationId: id }));
  }
  return results;
}

async function openRun(
  database: Database,
  wish: { workspaceId: string; destinationId: string; isDryRun?: boolean },
  lease: Lease,
): Promise<Push> {
  const { workspaceId, destinationId } = wish;
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const destination = await getDestination(db, workspaceId, destinationId);
    const source = await getSource(db, workspaceId, destination.sourceId);
    const runId = newId();
    await db.insert(destinationRuns).values({
      workspaceId,
      id: runId,
      destinationId,
      status: 'running',
      isDryRun: wish.isDryRun ?? false,
      startedAt: now(),
    });
    const target = { workspaceId, destinationId, segmentKey: destination.segmentKey };
    await refreshAddresses(db, workspaceId, membersOf(workspaceId, destination.segmentKey));
    await settleQuietChanges(db, target, now());
    return {
      database,
      lease,
      destination,
      target,
      runId,
      connector: getConnector(source.connector),
      context: openContext(database, workspace, source),
      tally: { added: 0, removed: 0, refused: 0 },
    };
  });
}

async function countOnly(push: Push): Promise<PushResult> {
  const { adds, removes } = await withWorkspace(
    push.database,
    push.target.workspaceId,
    async ({ db }) => await countDifference(db, push.target, now()),
  );
  Object.assign(push.tally, { added: adds, removed: push.destination.isAdditiveOnly ? 0 : removes });
  return await endRun(push, 'succeeded', 'Nothing was sent: this was a dry run.');
}

async function runPush(push: Push): Promise<PushResult> {
  try {
    await settleTickets(push);
    if (!push.destination.isAdditiveOnly) await pushPages(push, 'removes');
    await pushPages(push, 'adds');
    return await endRun(push, 'succeeded', null);
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

/** A person has to do something: until then the clock does not try again. */
async function noteTrouble({ database, destination, target }: Push, error: ConnectorError): Promise<void> {
  await withWorkspace(database, target.workspaceId, async ({ db }) => {
    const status = error.retryable ? destination.status : 'needs_attention';
    await setDestination(db, target.workspaceId, destination.id, { status, statusMessage: error.message });
  });
}

async function endRun(push: Push, status: PushResult['status'], message: string | null): Promise<PushResult> {
  const { database, target, runId, tally, destination } = push;
  await withWorkspace(database, target.workspaceId, async ({ db }) => {
    await db
      .update(destinationRuns)
      .set({ ...tally, status, message, finishedAt: now() })
      .where(isRun(push));
    const isWell = status === 'succeeded' && message === null && destination.status !== 'paused';
    if (isWell)
      await setDestination(db, target.workspaceId, destination.id, { status: 'active', statusMessage: null });
  });
  return { run: runId, status, ...tally, message };
}
