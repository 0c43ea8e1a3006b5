import type { Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { bounce, change, delivery, type Mail, message, sign } from './rows.ts';

type Event = Extract<MappedRecord, { type: 'event' }>;
type Person = Extract<MappedRecord, { type: 'person' }>;

const MAPS: Record<string, (item: Item) => MappedRecord[]> = {
  messages: mapMessage,
  deliveries: mapDelivery,
  opens: (item) => mapSign(item, 'email_opened'),
  clicks: (item) => mapSign(item, 'email_clicked'),
  bounces: mapBounce,
  subscriptions: mapChange,
};

export function map(item: Item): MappedRecord[] {
  return MAPS[item.stream]?.(item) ?? [];
}

/** A mail to several people was sent to each. */
function mapMessage(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, message);
  return given.Recipients.map((email) => ({
    ...mailEvent('email_sent', given, email, given.ReceivedAt),
    key: email.toLowerCase(),
  }));
}

function mapDelivery(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, delivery);
  return [mailEvent('email_delivered', given, given.Recipient, given.DeliveredAt)];
}

function mapSign(item: Item, name: string): MappedRecord[] {
  const given = readPayload(item.payload, sign);
  const about = mailEvent(name, given, given.Recipient, given.ReceivedAt);
  return [{ ...about, properties: withoutUnset({ ...about.properties, url: given.OriginalLink }) }];
}

/** Dead for good. https://postmarkapp.com/developer/api/bounce-api#bounce-types */
const HARD = new Set(['HardBounce', 'BadEmailAddress']);
/** Answers that are no failure of the mail. */
const NO_BOUNCE = new Set(['AutoResponder', 'AddressChange', 'Subscribe', 'Unconfirmed', 'OpenRelayTest']);

function mapBounce(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, bounce);
  const about = mailEvent('email_bounced', given, given.Email, given.BouncedAt);
  const email = given.Email;
  if (NO_BOUNCE.has(given.Type)) return [];
  if (given.Type === 'SpamComplaint')
    return [{ ...about, name: 'email_complained', suppress: { email, reason: 'complaint' } }];
  if (given.Type === 'Unsubscribe') {
    const consents = [decision(given, 'withdrawn', given.BouncedAt, 'unsubscribe request')];
    return [{ ...about, name: 'newsletter_unsubscribed', consents }];
  }
  const type = HARD.has(given.Type) ? 'hard' : 'soft';
  const properties = withoutUnset({ ...about.properties, type, reason: given.Description });
  const suppress = type === 'hard' ? { email, reason: 'hard_bounce' as const } : undefined;
  return [{ ...about, properties, suppress }];
}

/**
 * Who is suppressed by hand, by themselves or by the business, is not to be written to. Coming back is a decision
 * only where the recipient took it.
 */
function mapChange(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, change);
  const email = given.Recipient;
  const about = mailEvent('newsletter_unsubscribed', given, email, given.ChangedAt);
  if (given.SuppressSending && given.SuppressionReason === 'HardBounce')
    return [person(email, given.ChangedAt, { email, reason: 'hard_bounce' })];
  if (given.SuppressSending && given.SuppressionReason === 'SpamComplaint')
    return [person(email, given.ChangedAt, { email, reason: 'complaint' })];
  const isOwn = given.Origin === 'Recipient';
  if (given.SuppressSending) {
    const consents = [decision(given, 'withdrawn', given.ChangedAt, given.Origin)];
    return [isOwn ? { ...about, consents } : { ...person(email, given.ChangedAt), consents }];
  }
  if (!isOwn) return [];
  const consents = [decision(given, 'granted', given.ChangedAt, given.Origin)];
  return [{ ...about, name: 'newsletter_subscribed', consents }];
}

function person(email: string, changedAt: Date, suppress?: Event['suppress']): Person {
  const identifiers = [{ kind: 'email' as const, value: email }];
  return { type: 'person', key: '', identifiers, traits: { email }, changedAt, consents: [], suppress };
}

/** A message stream is a topic: who leaves the newsletters still gets the receipts. */
function decision(
  given: Mail,
  state: MappedConsent['state'],
  decidedAt: Date,
  by: string | undefined,
): MappedConsent {
  const topic = given.MessageStream ? `postmark-${given.MessageStream.toLowerCase()}` : null;
  return { channel: 'email', topic, state, decidedAt, proof: withoutUnset({ system: 'postmark', by }) };
}

function mailEvent(name: string, given: Mail, email: string, occurredAt: Date): Event {
  const properties = withoutUnset({
    campaign: given.Tag ?? given.Subject,
    subject: given.Subject,
    message_id: given.MessageID,
    message_stream: given.MessageStream,
  });
  return {
    type: 'event',
    key: '',
    identifiers: [{ kind: 'email', value: email }],
    name,
    occurredAt,
    properties,
  };
}
