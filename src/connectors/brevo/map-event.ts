import type { Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { type BrevoEvent, event } from './rows.ts';
import { topicOf } from './topics.ts';

type Told = Pick<Extract<MappedRecord, { type: 'event' }>, 'name' | 'properties' | 'consents' | 'suppress'>;

/** By kind as `kindOf` writes it. A mail that is deferred is still on its way; a unique open repeats an open. */
const TELLS: Record<string, (given: BrevoEvent) => Told> = {
  request: (given) => ({ name: 'email_sent', properties: mail(given) }),
  sent: (given) => ({ name: 'email_sent', properties: mail(given) }),
  delivered: (given) => ({ name: 'email_delivered', properties: mail(given) }),
  opened: (given) => ({ name: 'email_opened', properties: mail(given) }),
  proxyopen: tellMachine,
  loadedbyproxy: tellMachine,
  click: (given) => ({ name: 'email_clicked', properties: withoutUnset({ ...mail(given), url: given.url }) }),
  hardbounce: tellDead,
  invalid: tellDead,
  invalidemail: tellDead,
  softbounce: tellSoft,
  blocked: tellSoft,
  spam: (given) => ({
    name: 'email_complained',
    properties: mail(given),
    suppress: { email: given.email, reason: 'complaint' },
  }),
  unsubscribe: tellLeft,
  unsubscribed: tellLeft,
  // Often it was the business that put them there: no decision.
  listaddition: (given) => ({
    name: 'brevo_list_joined',
    properties: withoutUnset({ lists: given.lists.map(String).join(', ') }),
  }),
};

export function mapEvent(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, event);
  const told = TELLS[given.kind]?.(given);
  if (!told) return [];
  const identifiers = [{ kind: 'email' as const, value: given.email }];
  return [{ type: 'event', key: '', identifiers, occurredAt: given.at, ...told }];
}

/** Apple's proxy loads every mail, read or not. */
function tellMachine(given: BrevoEvent): Told {
  return { name: 'email_opened', properties: { ...mail(given), is_machine: true } };
}

function tellDead(given: BrevoEvent): Told {
  const properties = withoutUnset({ ...mail(given), type: 'hard', reason: given.reason });
  return { name: 'email_bounced', properties, suppress: { email: given.email, reason: 'hard_bounce' } };
}

function tellSoft(given: BrevoEvent): Told {
  return {
    name: 'email_bounced',
    properties: withoutUnset({ ...mail(given), type: 'soft', reason: given.reason }),
  };
}

/** Who unsubscribes from a campaign is blocked for all of them, whatever lists it went to. */
function tellLeft(given: BrevoEvent): Told {
  const withdrawn = (topic: string | null): MappedConsent => ({
    channel: 'email',
    topic,
    state: 'withdrawn',
    decidedAt: given.at,
    proof: withoutUnset({ system: 'brevo', campaign: given.campaign }),
  });
  const consents = [withdrawn(null), ...given.lists.map((id) => withdrawn(topicOf(id)))];
  return { name: 'newsletter_unsubscribed', properties: mail(given), consents };
}

function mail(given: BrevoEvent): Record<string, unknown> {
  return withoutUnset({
    campaign_id: given.campaignId,
    campaign: given.campaign ?? given.subject,
    subject: given.subject,
    message_id: given.messageId,
  });
}
