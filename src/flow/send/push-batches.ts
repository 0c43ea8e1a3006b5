import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import type { Connector, Context, PushOutcome, PushPerson } from '../../connectors/contract.ts';
import { withWorkspace } from '../../db/doors.ts';
import { checkLease, type Lease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { destinationRuns } from '../../db/schema/send.ts';
import {
  type MemberState,
  selectAdds,
  selectRemoves,
  selectTickets,
  type Target,
  upsertMembers,
} from './destination-members.sql.ts';
import type { Destination } from './destinations.ts';

/** What Mailchimp takes at once; the others take more. */
const BATCH = 500;
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const NIL = '00000000-0000-0000-0000-000000000000';

type Tally = { added: number; removed: number; refused: number };
/** One push under way. */
export type Push = {
  database: Database;
  lease: Lease;
  destination: Destination;
  target: Target;
  connector: Connector;
  context: Context<never>;
  runId: string;
  tally: Tally;
};

/** Sends one side of the difference page by page; each page's answer is kept before the next goes out. */
export async function pushPages(push: Push, side: 'adds' | 'removes'): Promise<void> {
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
export async function settleTickets(push: Push): Promise<void> {
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
    const outcomes = await withRetries(async () => (await connector.settle?.(context, ticket, people)) ?? []);
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

export function isRun({ target, runId }: Push) {
  return and(eq(destinationRuns.workspaceId, target.workspaceId), eq(destinationRuns.id, runId));
}
