import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import type { Audience, PushOutcome, PushPerson } from '../../connectors/audience.ts';
import type { Connector, Context } from '../../connectors/contract.ts';
import { withWorkspace } from '../../db/doors.ts';
import { hashId } from '../../db/ids.ts';
import { checkLease, type Lease } from '../../db/leases.ts';
import type { Database, Db } from '../../db/pool.ts';
import { destinationRuns } from '../../db/schema/send-destinations.ts';
import { matchForm } from '../identify/normalise.ts';
import { deleteDepartures, listDepartures } from './departures.ts';
import {
  type Page,
  type Place,
  releaseShared,
  selectAdds,
  selectRemoves,
  type Told,
} from './destination-difference.sql.ts';
import { countThere, type MemberState, selectTickets, upsertMembers } from './destination-members.sql.ts';
import type { Wish } from './destination-people.sql.ts';
import type { Destination } from './destinations.ts';

const ATTEMPTS = 3;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export type Side = 'adds' | 'removes';
type Tally = { added: number; removed: number; refused: number; waiting: number };
/** One push under way. */
export type Push = {
  database: Database;
  lease: Lease;
  destination: Destination;
  wish: Wish;
  connector: Connector;
  audience: Audience;
  context: Context<never>;
  /** Reads phone numbers without country code. */
  country: string | undefined;
  runId: string;
  tally: Tally;
};

/** Sends one side of the difference page by page; each page's answer is kept before the next goes out. */
export async function pushPages(push: Push, side: Side): Promise<void> {
  let there = await inWorkspace(push, async (db) => {
    if (side === 'removes') await releaseShared(db, push.wish, now());
    return await countThere(db, push.wish);
  });
  const limit = push.audience.batch;
  let after: Place | null = null;
  for (;;) {
    const page: Page = { after, limit };
    const told: Told[] = await inWorkspace(push, async (db) =>
      side === 'adds'
        ? await selectAdds(db, push.wish, now(), page)
        : await selectRemoves(db, push.wish, page),
    );
    if (told.length === 0) return;
    const outcomes = await tell(push, { side, there, people: told.map((one) => toPerson(push, one, side)) });
    await keep(push, { told, outcomes, side });
    if (told.length < limit) return;
    if (side === 'adds') there += outcomes.filter(({ outcome }) => outcome !== 'refused').length;
    after = told.at(-1)!;
  }
}

/** What the place outside took time for: done or refused by now, or still waiting. */
export async function settleTickets(push: Push): Promise<void> {
  const { connector, context } = push;
  if (!connector.settle) return;
  const waiting = await inWorkspace(push, async (db) => await selectTickets(db, push.wish));
  for (const [ticket, rows] of Map.groupBy(waiting, (row) => row.ticket)) {
    const told = rows.map(({ profile_id, address, phone }) => ({
      ...{ profile_id, email: address, phone, traits: {}, has_ads_consent: false, since: '' },
    }));
    const side = rows[0]?.state === 'leaving' ? 'removes' : 'adds';
    const people = told.map((one) => toPerson(push, one, side));
    const outcomes = await withRetries(async () => (await connector.settle?.(context, ticket, people)) ?? []);
    await keep(push, { told, outcomes, side });
  }
}

/** Erased people leave whatever the destination keeps otherwise; only then is their address forgotten here too. */
export async function pushDepartures(push: Push): Promise<void> {
  const leaving = await inWorkspace(push, async (db) => await listDepartures(db, push.wish));
  if (leaving.length === 0) return;
  const people = leaving.map(({ id, profileId, address, phone }) => {
    const told = {
      profile_id: profileId,
      email: address,
      phone,
      traits: {},
      has_ads_consent: false,
      since: id,
    };
    return toPerson(push, told, 'removes');
  });
  const outcomes = await tell(push, { side: 'removes', there: 0, people });
  const refused = new Set(outcomes.flatMap((one) => (one.outcome === 'refused' ? [one.profileId] : [])));
  const told = leaving.filter(({ profileId }) => !refused.has(profileId));
  push.tally.removed += told.length;
  await inWorkspace(push, async (db) => {
    await checkLease(db, push.lease);
    await deleteDepartures(
      db,
      push.wish.workspaceId,
      told.map(({ id }) => id),
    );
  });
}

async function tell(
  { connector, context, destination }: Push,
  { side, there, people }: { side: Side; there: number; people: PushPerson[] },
): Promise<PushOutcome[]> {
  const { name, id } = destination;
  const batch = { audience: name, audienceKey: id, there, adds: [], removes: [], [side]: people };
  return await withRetries(async () => (await connector.push?.(context, batch)) ?? []);
}

type Answered = { told: Told[]; outcomes: PushOutcome[]; side: Side };

/** Writes the states and the run's figures together; a push that another process took over ends here. */
async function keep(push: Push, answered: Answered): Promise<void> {
  const { tally } = push;
  const count = (kind: PushOutcome['outcome']) =>
    answered.outcomes.filter(({ outcome }) => outcome === kind).length;
  tally[answered.side === 'adds' ? 'added' : 'removed'] += count('done');
  tally.refused += count('refused');
  tally.waiting += count('waiting');
  const { added, removed, refused } = tally;
  const states = toStates(answered);
  await inWorkspace(push, async (db) => {
    await checkLease(db, push.lease);
    if (states.length > 0) await upsertMembers(db, push.wish, now(), states);
    await db.update(destinationRuns).set({ added, removed, refused }).where(isRun(push));
  });
}

function toPerson({ destination, country }: Push, told: Told, side: Side): PushPerson {
  const { profile_id: profileId, email, phone, traits, has_ads_consent: hasAdsConsent, since } = told;
  return {
    profileId,
    email,
    phone: phone === null ? null : matchForm('phone', phone, { country }),
    traits,
    hasAdsConsent,
    changeId: hashId(destination.id, profileId, side, since),
  };
}

function toStates({ told, outcomes, side }: Answered): MemberState[] {
  const known = new Map(told.map((one) => [one.profile_id, one]));
  return outcomes.flatMap((outcome) => {
    const one = known.get(outcome.profileId);
    return one ? [toState(one, outcome, side)] : [];
  });
}

function toState(told: Told, outcome: PushOutcome, side: Side): MemberState {
  const { profile_id: profileId, email: address, phone } = told;
  const base = { profileId, address, phone, reason: null, ticket: null };
  // Who could not be removed is still there, and is tried again with the next push.
  if (outcome.outcome === 'refused')
    return { ...base, state: side === 'adds' ? 'refused' : 'in', reason: outcome.reason };
  if (outcome.outcome === 'waiting')
    return { ...base, state: side === 'adds' ? 'waiting' : 'leaving', ticket: outcome.ticket };
  return { ...base, state: side === 'adds' ? 'in' : 'out', reason: outcome.remark ?? null };
}

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectorError) || !error.retryable || attempt === ATTEMPTS) throw error;
      const wait = error.retryAfterMs ?? FIRST_WAIT_MS * 4 ** (attempt - 1);
      // A longer wait is the schedule's.
      if (wait > LONGEST_WAIT_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function inWorkspace<T>({ database, wish }: Push, work: (db: Db) => Promise<T>): Promise<T> {
  return await withWorkspace(database, wish.workspaceId, async ({ db }) => await work(db));
}

export function isRun({ wish, runId }: Push) {
  return and(eq(destinationRuns.workspaceId, wish.workspaceId), eq(destinationRuns.id, runId));
}
