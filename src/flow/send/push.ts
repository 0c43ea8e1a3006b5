import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict, ConnectorError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { Connector, Context, PushOutcome, PushPerson } from '../../connectors/contract.ts';
import { withWorkspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import { checkLease, type Lease, withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { destinationRuns } from '../../db/schema/send.ts';
import { openContext } from '../collect/connection.ts';
import { getConnector, getSource } from '../collect/sources.ts';
import { refreshAddresses } from './addresses.ts';
import {
  countDifference,
  type MemberState,
  selectAdds,
  selectRemoves,
  selectTickets,
  type Target,
  upsertMembers,
} from './destination-members.sql.ts';
import { type Destination, getDestination, listDestinations, setDestination } from './destinations.ts';
import { membersOf } from './eligibility.sql.ts';

/** What Mailchimp takes at once; the others take more. */
const BATCH = 500;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const NIL = '00000000-0000-0000-0000-000000000000';

export type PushResult = {
  run: string;
  status: 'succeeded' | 'partial' | 'failed';
  added: number;
  removed: number;
  refused: number;
  message: string | null;
};
type Tally = { added: number; removed: number; refused: number };
type Push = {
  database: Database;
  lease: Lease;
  destination: Destination;
  target: Target;
  connector: Connector;
  context: Context<never>;
  runId: string;
  tally: Tally;
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

async function pushPages(push: Push, side: 'adds' | 'removes'): Promise<void> {
  let after = NIL;
  for (;;) {
    const people = await withWorkspace(push.database, push.target.workspaceId, async ({ db }) => {
      const page = { after, limit: BATCH };
      return side === 'adds'
        ? await selectAdds(db, push.target, now(), page)
        : await selectRemoves(db, push.target, page);
    });
    if (people.length === 0) return;
    const { name, id } = push.destination;
    const batch = { audience: name, audienceKey: id, adds: [], removes: [], [side]: people };
    const outcomes = await withRetries(async () => (await push.connector.push?.(push.context, batch)) ?? []);
    await keep(
      push,
      outcomes.map((outcome) => toState(people, outcome, side)),
      side,
    );
    if (people.length < BATCH) return;
    after = people.at(-1)!.profileId;
  }
}

/** What the place outside took time for: done or refused by now, or still waiting. */
async function settleTickets(push: Push): Promise<void> {
  const { connector, context, target } = push;
  if (!connector.settle) return;
  const waiting = await withWorkspace(
    push.database,
    target.workspaceId,
    async ({ db }) => await selectTickets(db, target),
  );
  for (const ticket of new Set(waiting.map((row) => row.ticket))) {
    const people = waiting
      .filter((row) => row.ticket === ticket)
      .map((row) => ({ profileId: row.profile_id, email: row.address, phone: null, traits: {} }));
    const outcomes = await withRetries(async () => (await connector.settle?.(context, ticket)) ?? []);
    await keep(
      push,
      outcomes.map((outcome) => toState(people, outcome, 'adds')),
      'adds',
    );
  }
}

/** Writes the states and the run's figures together; a push that another process took over ends here. */
async function keep(push: Push, states: MemberState[], side: 'adds' | 'removes'): Promise<void> {
  const done = states.filter(({ state }) => state === 'in' || state === 'out').length;
  push.tally[side === 'adds' ? 'added' : 'removed'] += done;
  push.tally.refused += states.filter(({ state }) => state === 'refused').length;
  await withWorkspace(push.database, push.target.workspaceId, async ({ db }) => {
    await checkLease(db, push.lease);
    if (states.length > 0) await upsertMembers(db, push.target, now(), states);
    await db.update(destinationRuns).set(push.tally).where(isRun(push));
  });
}

function toState(people: PushPerson[], outcome: PushOutcome, side: 'adds' | 'removes'): MemberState {
  const person = people.find(({ profileId }) => profileId === outcome.profileId);
  const base = { profileId: outcome.profileId, address: person?.email ?? null, reason: null, ticket: null };
  // Who could not be removed is still there, and is tried again with the next push.
  if (outcome.outcome === 'refused')
    return { ...base, state: side === 'adds' ? 'refused' : 'in', reason: outcome.reason };
  if (outcome.outcome === 'waiting') return { ...base, state: 'waiting', ticket: outcome.ticket };
  return { ...base, state: side === 'adds' ? 'in' : 'out' };
}

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.retryable || attempt === ATTEMPTS) throw error;
      const wait = Math.min(error.retryAfterMs ?? FIRST_WAIT_MS * 4 ** (attempt - 1), LONGEST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
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

function isRun({ target, runId }: Push) {
  return and(eq(destinationRuns.workspaceId, target.workspaceId), eq(destinationRuns.id, runId));
}
