import { hashId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { type ConsentRow, insertConsents, loadConsents } from './consents.sql.ts';

export type ConsentState = 'granted' | 'withdrawn' | 'unknown';
/** A decision as it is handed in; its id is made here, so that the same one is never kept twice. */
export type Decision = Omit<ConsentRow, 'id'>;
type Weighed = Pick<ConsentRow, 'channel' | 'topic' | 'state' | 'decidedAt' | 'receivedAt'>;

/** Keeps decisions. What a source says again without a date, of the same state, is no news. */
export async function recordConsents(db: Db, workspaceId: string, decisions: Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  const undated = decisions.filter(({ decidedAt }) => decidedAt === null).map(({ profileId }) => profileId);
  const known = await loadConsents(db, workspaceId, [...new Set(undated)]);
  const last = new Map(known.map((row) => [placeOf(row), row.state]));
  const fresh = decisions.filter((decision) => {
    const isRepeat = decision.decidedAt === null && last.get(placeOf(decision)) === decision.state;
    last.set(placeOf(decision), decision.state);
    return !isRepeat;
  });
  const rows = new Map(
    fresh.map((decision) => [idOf(decision), { ...withinReach(decision), id: idOf(decision) }]),
  );
  await insertConsents(db, workspaceId, [...rows.values()]);
}

/**
 * The state of a topic as a function of every decision: the latest wins, at equal times withdrawn. An undated
 * withdrawal counts from when we received it, an undated grant is older than everything. A withdrawn channel
 * withdraws its topics until the channel is granted again, whatever the topic says later.
 */
export function consentState(decisions: Weighed[], channel: string, topic: string | null): ConsentState {
  const ofChannel = latest(decisions.filter((one) => one.channel === channel && one.topic === null));
  if (topic === null || ofChannel === 'withdrawn') return ofChannel;
  const ofTopic = latest(decisions.filter((one) => one.channel === channel && one.topic === topic));
  return ofTopic === 'unknown' ? ofChannel : ofTopic;
}

function latest(decisions: Weighed[]): ConsentState {
  let best: Weighed | null = null;
  for (const one of decisions) {
    const ahead = best ? weightOf(one) - weightOf(best) : 1;
    if (ahead > 0 || (ahead === 0 && one.state === 'withdrawn')) best = one;
  }
  return best?.state ?? 'unknown';
}

function weightOf({ state, decidedAt, receivedAt }: Weighed): number {
  if (decidedAt) return decidedAt.getTime();
  return state === 'withdrawn' ? receivedAt.getTime() : -8.64e15;
}

function placeOf({ profileId, sourceId, viaKind, viaValue, channel, topic }: Decision): string {
  return [profileId, sourceId, viaKind, viaValue, channel, topic ?? ''].join('\u0000');
}

/** Nobody could withdraw a grant that a vendor's wrong clock dated 2099: no decision is later than its arrival. */
function withinReach(decision: Decision): Decision {
  const { decidedAt, receivedAt } = decision;
  return decidedAt && decidedAt > receivedAt ? { ...decision, decidedAt: receivedAt } : decision;
}

/** The person is no part of it: a decision keeps its id when it moves with its identifier. */
function idOf({
  sourceId,
  viaKind,
  viaValue,
  channel,
  topic,
  state,
  decidedAt,
  receivedAt,
}: Decision): string {
  const when = decidedAt ? decidedAt.toISOString() : `received ${receivedAt.toISOString()}`;
  return hashId('consent', sourceId ?? '', viaKind, viaValue, channel, topic ?? '', state, when);
}
