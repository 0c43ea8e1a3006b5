import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, toMoment, withoutUnset } from '../reading/answers.ts';
import { mapEvent } from './map-event.ts';
import { type Contact, campaign, contact } from './rows.ts';
import { topicOf } from './topics.ts';

export function map(item: Item): MappedRecord[] {
  if (item.stream === 'events') return mapEvent(item);
  if (item.stream === 'campaigns') return mapCampaign(item);
  return item.payload.deleted === true ? [{ type: 'removed', key: '' }] : mapContact(item);
}

function mapContact(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, contact);
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: String(given.id) }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  return [
    {
      type: 'person',
      key: '',
      identifiers,
      traits: traitsOf(given),
      changedAt: given.modifiedAt,
      consents: consentsOf(given),
    },
  ];
}

/** Attributes every account has, in our spelling; the others keep the name they came with. */
const KNOWN: Record<string, string> = {
  FIRSTNAME: 'firstName',
  PRENOM: 'firstName',
  LASTNAME: 'lastName',
  NOM: 'lastName',
  SMS: 'phone',
};
const DOUBLE_OPT_IN = 'DOUBLE_OPT-IN';

function traitsOf({ email, createdAt, attributes }: Contact): Record<string, unknown> {
  const own = Object.entries(attributes ?? {})
    .filter(([name]) => name !== DOUBLE_OPT_IN)
    .map(([name, value]) => [KNOWN[name] ?? name, value]);
  return withoutUnset({ ...Object.fromEntries(own), email, createdAt: createdAt.toISOString() });
}

/**
 * A contact that is blocked has left everything, or bounced: in either case it is not to be written to. One on a
 * list is subscribed to it, unless a double opt-in still waits. Brevo says no time of either.
 */
function consentsOf(given: Contact): MappedConsent[] {
  const withdrawn = (given.listUnsubscribed ?? []).map((id) => decision('email', topicOf(id), 'withdrawn'));
  const sms = given.smsBlacklisted ? [decision('sms', null, 'withdrawn')] : [];
  if (given.emailBlacklisted) return [decision('email', null, 'withdrawn'), ...withdrawn, ...sms];
  const left = new Set(given.listUnsubscribed ?? []);
  const lists = isWaiting(given) ? [] : (given.listIds ?? []).filter((id) => !left.has(id));
  return [...lists.map((id) => decision('email', topicOf(id), 'granted')), ...withdrawn, ...sms];
}

/** The attribute is there where the business asks twice: 1 is yes, 2 is not yet. */
function isWaiting({ attributes }: Contact): boolean {
  const answer = attributes?.[DOUBLE_OPT_IN];
  return answer === 2 || answer === '2' || answer === 'No';
}

function decision(
  channel: 'email' | 'sms',
  topic: string | null,
  state: MappedConsent['state'],
): MappedConsent {
  return { channel, topic, state, decidedAt: null, proof: { system: 'brevo', list: topic ?? 'all' } };
}

function mapCampaign(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, campaign);
  const title = given.subject ?? given.name ?? String(given.id);
  const publishedAt = given.sentDate ? toMoment(given.sentDate) : null;
  return [
    {
      type: 'content',
      key: '',
      externalId: String(given.id),
      title,
      url: given.shareLink ?? null,
      kind: 'email',
      status: 'published',
      publishedAt,
    },
  ];
}
