import type { Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { event, type SendgridEvent } from './rows.ts';

type Told = Pick<Extract<MappedRecord, { type: 'event' }>, 'name' | 'properties' | 'consents' | 'suppress'>;

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event ; a deferred mail is still on its way. */
const TELLS: Record<string, (given: SendgridEvent) => Told> = {
  processed: (given) => ({ name: 'email_sent', properties: mail(given) }),
  delivered: (given) => ({ name: 'email_delivered', properties: mail(given) }),
  open: (given) => ({
    name: 'email_opened',
    properties: { ...mail(given), ...(given.sg_machine_open ? { is_machine: true } : {}) },
  }),
  click: (given) => ({ name: 'email_clicked', properties: withoutUnset({ ...mail(given), url: given.url }) }),
  bounce: tellBounce,
  blocked: (given) => ({ name: 'email_bounced', properties: { ...why(given), type: 'soft' } }),
  dropped: (given) => ({ name: 'email_dropped', properties: why(given) }),
  spamreport: (given) => ({
    name: 'email_complained',
    properties: mail(given),
    suppress: { email: given.email, reason: 'complaint' },
  }),
  unsubscribe: (given) => tellDecision(given, null, 'withdrawn'),
  group_unsubscribe: (given) => tellDecision(given, topicOf(given), 'withdrawn'),
  group_resubscribe: (given) => tellDecision(given, topicOf(given), 'granted'),
};

export function mapEvent(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, event);
  const told = TELLS[given.event]?.(given);
  if (!told) return [];
  const identifiers = [{ kind: 'email' as const, value: given.email }];
  return [{ type: 'event', key: '', identifiers, occurredAt: given.timestamp, ...told }];
}

/** SendGrid calls a passing refusal a bounce too, of the type "blocked". */
function tellBounce(given: SendgridEvent): Told {
  const isHard = given.type !== 'blocked';
  const properties = { ...why(given), type: isHard ? 'hard' : 'soft' };
  if (!isHard) return { name: 'email_bounced', properties };
  return { name: 'email_bounced', properties, suppress: { email: given.email, reason: 'hard_bounce' } };
}

function tellDecision(given: SendgridEvent, topic: string | null, state: MappedConsent['state']): Told {
  const proof = { system: 'sendgrid', event: given.event };
  const consent: MappedConsent = { channel: 'email', topic, state, decidedAt: given.timestamp, proof };
  const name = state === 'granted' ? 'newsletter_subscribed' : 'newsletter_unsubscribed';
  return { name, properties: mail(given), consents: [consent] };
}

/** An unsubscribe group is a topic; without its number it is the whole channel. */
function topicOf({ asm_group_id }: SendgridEvent): string | null {
  return asm_group_id ? `sendgrid-group-${asm_group_id}` : null;
}

function mail(given: SendgridEvent): Record<string, unknown> {
  const categories = [given.category ?? []].flat();
  return withoutUnset({
    campaign_id: given.singlesend_id,
    campaign: given.singlesend_name ?? categories[0],
    categories: categories.length > 0 ? categories : undefined,
    // What follows the first dot names the machine that sent it, and differs between events of one mail.
    message_id: given.sg_message_id?.split('.')[0],
  });
}

function why(given: SendgridEvent): Record<string, unknown> {
  return withoutUnset({ ...mail(given), reason: given.reason });
}
