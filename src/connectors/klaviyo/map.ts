import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapEvent } from './map-event.ts';
import { type Marketing, type Profile, profile } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

type Person = Extract<MappedRecord, { type: 'person' }>;

export function map(item: Item, settings: KlaviyoSettings): MappedRecord[] {
  return item.stream === 'events' ? mapEvent(item, settings) : mapProfile(item, settings);
}

function mapProfile(item: Item, settings: KlaviyoSettings): MappedRecord[] {
  const given = readPayload(item.payload, profile);
  const person: Person = {
    type: 'person',
    key: '',
    identifiers: identifiersOf(given, settings),
    traits: traitsOf(given),
    changedAt: given.updated,
    consents: consentsOf(given),
    suppress: suppressionOf(given),
  };
  return [person];
}

function identifiersOf(given: Profile, settings: KlaviyoSettings): GivenIdentifier[] {
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: given.id }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  if (given.phone_number) identifiers.push({ kind: 'phone', value: given.phone_number });
  if (given.external_id && settings.isExternalIdOurs)
    identifiers.push({ kind: 'user_id', value: given.external_id });
  return identifiers;
}

function traitsOf(given: Profile): Record<string, unknown> {
  const own = Object.entries(given.properties ?? {}).filter(([name]) => !name.startsWith('$'));
  return withoutUnset({
    ...Object.fromEntries(own),
    email: given.email,
    phone: given.phone_number,
    firstName: given.first_name,
    lastName: given.last_name,
    company: given.organization,
    jobTitle: given.title,
    language: given.locale,
    city: given.location?.city,
    region: given.location?.region,
    postalCode: given.location?.zip,
    country: given.location?.country,
    timezone: given.location?.timezone,
    createdAt: given.created.toISOString(),
  });
}

/**
 * Klaviyo's consent is for all marketing of a channel, so it has no topic; leaving one list is a topic. Never
 * subscribed, or a double opt-in that waits, is no decision.
 */
function consentsOf({ subscriptions }: Profile): MappedConsent[] {
  const email = subscriptions?.email?.marketing;
  const sms = subscriptions?.sms?.marketing;
  return [
    ...(email ? [...decisionsOf('email', email), ...suppressionsOf(email)] : []),
    ...(sms ? decisionsOf('sms', sms) : []),
  ];
}

function decisionsOf(channel: 'email' | 'sms', given: Marketing): MappedConsent[] {
  const { consent, method, method_detail: detail } = given;
  if (consent !== 'SUBSCRIBED' && consent !== 'UNSUBSCRIBED') return [];
  const proof = withoutUnset({ system: 'klaviyo', status: consent, method, detail });
  const decidedAt = given.consent_timestamp ?? given.last_updated ?? null;
  return [
    { channel, topic: null, state: consent === 'SUBSCRIBED' ? 'granted' : 'withdrawn', decidedAt, proof },
  ];
}

/** Who was suppressed by hand is not written to either: whatever the reason was, somebody meant it. */
function suppressionsOf({ suppression, list_suppressions }: Marketing): MappedConsent[] {
  const chosen = ['UNSUBSCRIBE', 'USER_SUPPRESSED'];
  const withdrawn = (topic: string | null, one: { reason: string; timestamp: Date }): MappedConsent => ({
    channel: 'email',
    topic,
    state: 'withdrawn',
    decidedAt: one.timestamp,
    proof: { system: 'klaviyo', suppressed: one.reason },
  });
  return [
    ...(suppression ?? []).filter(({ reason }) => chosen.includes(reason)).map((one) => withdrawn(null, one)),
    ...(list_suppressions ?? []).map((one) => withdrawn(topicOf(one.list_id), one)),
  ];
}

/** A list is a topic. Its id stays when it is renamed. */
function topicOf(listId: string): string {
  return `klaviyo-${listId.toLowerCase()}`;
}

function suppressionOf({ email, subscriptions }: Profile): Person['suppress'] {
  const reasons = (subscriptions?.email?.marketing?.suppression ?? []).map(({ reason }) => reason);
  if (!email) return undefined;
  if (reasons.includes('SPAM_COMPLAINT')) return { email, reason: 'complaint' };
  const isDead = reasons.includes('HARD_BOUNCE') || reasons.includes('INVALID_EMAIL');
  return isDead ? { email, reason: 'hard_bounce' } : undefined;
}
