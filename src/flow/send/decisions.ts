import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { markChanged } from '../identify/changes.ts';
import { matchAddress } from '../identify/normalise.ts';
import { loadConsents } from '../profile/consents.sql.ts';
import { type ConsentState, consentState, type Decision, recordConsents } from '../profile/consents.ts';
import { selectNames } from './claim.sql.ts';
import { noteDelivery } from './deliveries.sql.ts';
import type { LinkOwner } from './links.ts';
import { storeMessageEvents } from './message-events.ts';
import { findRecipient, type Recipient } from './recipients.ts';
import { listTopics } from './topics.ts';

/** What a public page shows: the topics with the state of each, for whoever holds the link. */
export type Preferences = {
  address: string | null;
  topic: { key: string; name: string } | null;
  topics: { key: string; name: string; description: string | null; state: ConsentState }[];
  isEverythingWithdrawn: boolean;
};

/** Null when the person is no longer known: there is nobody left to write to. */
export async function readPreferences(db: Db, owner: LinkOwner): Promise<Preferences | null> {
  const recipient = await findRecipient(db, owner);
  if (!recipient) return null;
  const decisions = await loadConsents(db, owner.workspaceId, [recipient.profileId]);
  const topics = (await listTopics(db, owner.workspaceId)).map((topic) => ({
    ...topic,
    state: consentState(decisions, 'email', topic.key),
  }));
  const topic = topics.find(({ key }) => key === recipient.topic) ?? null;
  return {
    address: recipient.address,
    topic,
    topics,
    isEverythingWithdrawn: consentState(decisions, 'email', null) === 'withdrawn',
  };
}

/**
 * Takes an unsubscribe at its word, in the transaction of its own request: the withdrawal for everyone who reads
 * this mailbox, the mark on the delivery, and the raw event. It counts before the next message is claimed.
 * May run twice. `topic` null is every message by e-mail.
 */
export async function unsubscribe(
  db: Db,
  owner: LinkOwner,
  wish: { everything: boolean; via: string },
): Promise<void> {
  const recipient = await findRecipient(db, owner);
  if (!recipient) return;
  const topic = wish.everything ? null : recipient.topic;
  await decide(db, recipient, [{ topic, state: 'withdrawn' }], wish.via);
  await noteDelivery(db, owner, { column: 'unsubscribed_at', at: now() });
  await tell(db, recipient, 'newsletter_unsubscribed', { topic, via: wish.via });
}

/** The choice of a preference page: each topic as ticked, or nothing at all. */
export async function savePreferences(
  db: Db,
  owner: LinkOwner,
  wish: { granted: string[]; everything: boolean },
): Promise<void> {
  const recipient = await findRecipient(db, owner);
  if (!recipient) return;
  if (wish.everything) return await unsubscribe(db, owner, { everything: true, via: 'preferences' });
  const topics = await listTopics(db, owner.workspaceId);
  const chosen = topics.map(({ key }) => ({
    topic: key,
    state: wish.granted.includes(key) ? ('granted' as const) : ('withdrawn' as const),
  }));
  // Who once left everything and ticks a topic opens the channel again; each topic then says for itself.
  const channel = chosen.some(({ state }) => state === 'granted')
    ? [{ topic: null, state: 'granted' as const }]
    : [];
  await decide(db, recipient, [...channel, ...chosen], 'preferences');
  for (const { topic, state } of chosen) {
    await tell(db, recipient, state === 'granted' ? 'newsletter_subscribed' : 'newsletter_unsubscribed', {
      topic,
      via: 'preferences',
    });
  }
}

async function decide(
  db: Db,
  recipient: Recipient,
  decisions: { topic: string | null; state: 'granted' | 'withdrawn' }[],
  via: string,
): Promise<void> {
  const { workspaceId, campaignId, profileIds, address } = recipient;
  const matchForm = address ? matchAddress(address) : null;
  const names = await selectNames(
    db,
    workspaceId,
    profileIds.map((profileId) => ({ profileId, matchForm })),
  );
  const at = now();
  const rows = profileIds.flatMap((profileId): Decision[] => {
    const name = names.find((row) => row.profile_id === profileId);
    const named = { viaKind: name?.kind ?? 'email', viaValue: name?.value ?? matchForm ?? '' };
    return decisions.map((decision) => ({
      ...decision,
      ...named,
      profileId,
      channel: 'email',
      decidedAt: at,
      receivedAt: at,
      sourceId: null,
      proof: { via, campaign: campaignId },
    }));
  });
  await recordConsents(db, workspaceId, rows);
  await markChanged(db, workspaceId, profileIds);
}

async function tell(
  db: Db,
  recipient: Recipient,
  stream: 'newsletter_subscribed' | 'newsletter_unsubscribed',
  properties: Record<string, unknown>,
): Promise<void> {
  if (!recipient.identifier) return;
  const externalId = [
    recipient.deliveryId,
    properties.via,
    properties.topic ?? '*',
    now().toISOString().slice(0, 16),
  ].join('/');
  await storeMessageEvents(db, recipient.workspaceId, [
    {
      stream,
      externalId,
      identifier: recipient.identifier,
      properties: { ...properties, campaign_id: recipient.campaignId },
    },
  ]);
}
