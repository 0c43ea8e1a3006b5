import { toDecimal } from '../../base/decimal.ts';
import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { optionalText, readPayload, withoutUnset } from '../reading/answers.ts';
import { event, type KlaviyoEvent } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

type Event = Extract<MappedRecord, { type: 'event' }>;
type Told = Pick<Event, 'name' | 'properties'> & Partial<Event>;

/** What each of Klaviyo's own metrics tells us. https://help.klaviyo.com/hc/en-us/articles/115005076767 */
const TELLS: Record<string, (given: KlaviyoEvent) => Told[]> = {
  // A mail that was received was sent; Klaviyo has no event of its own for that.
  'Received Email': (given) => [
    { key: 'sent', name: 'email_sent', properties: mail(given) },
    { name: 'email_delivered', properties: mail(given) },
  ],
  'Opened Email': (given) => [{ name: 'email_opened', properties: { ...mail(given), ...machine(given) } }],
  'Clicked Email': (given) => [
    { name: 'email_clicked', properties: withoutUnset({ ...mail(given), url: text(given, 'URL') }) },
  ],
  'Bounced Email': tellBounce,
  'Marked Email as Spam': (given) => [
    { name: 'email_complained', properties: mail(given), ...suppress(given, 'complaint') },
  ],
  'Unsubscribed from Email Marketing': (given) => [decision(given, 'withdrawn')],
  Unsubscribed: (given) => [decision(given, 'withdrawn')],
  'Subscribed to Email Marketing': (given) => [decision(given, 'granted')],
};
const ORDERS: Record<string, string> = {
  'Placed Order': 'order_placed',
  'Refunded Order': 'order_refunded',
};

export function mapEvent(item: Item, settings: KlaviyoSettings): MappedRecord[] {
  const given = readPayload(item.payload, event);
  const identifiers = identifiersOf(given);
  const name = given.metric?.name;
  if (!name || identifiers.length === 0) return [];
  return tell(name, given, settings).map((told) => ({
    type: 'event',
    key: '',
    identifiers,
    occurredAt: given.datetime,
    ...told,
  }));
}

function tell(name: string, given: KlaviyoEvent, settings: KlaviyoSettings): Told[] {
  const order = ORDERS[name];
  if (order) return settings.readsOrders ? [tellOrder(order, given)] : [];
  return TELLS[name]?.(given) ?? [{ name: otherName(name), properties: others(given) }];
}

/** Metrics of other systems keep their name behind ours, so that none can be taken for money or for a mail. */
function otherName(name: string): string {
  const words = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
  return `klaviyo_${words.replace(/^_+|_+$/g, '')}`;
}

function others({ properties }: KlaviyoEvent): Record<string, unknown> {
  const plain = Object.entries(properties).filter(
    ([name, value]) => !name.startsWith('$') && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(plain);
}

function identifiersOf({ profile }: KlaviyoEvent): GivenIdentifier[] {
  if (!profile) return [];
  const source: GivenIdentifier = { kind: 'source', value: profile.id };
  return profile.email ? [source, { kind: 'email', value: profile.email }] : [source];
}

function mail(given: KlaviyoEvent): Record<string, unknown> {
  const subject = text(given, 'Subject');
  return withoutUnset({
    campaign_id: text(given, '$message'),
    campaign: text(given, 'Campaign Name') ?? subject,
    subject,
    flow_id: text(given, '$flow'),
  });
}

/** Apple opens mails by machine; whoever counts people wants to know. */
function machine({ properties }: KlaviyoEvent): Record<string, unknown> {
  return properties.machine_open === true ? { is_machine: true } : {};
}

function tellBounce(given: KlaviyoEvent): Told[] {
  const type = /hard/i.test(text(given, 'Bounce Type') ?? '') ? 'hard' : 'soft';
  const properties = { ...mail(given), type };
  return [{ name: 'email_bounced', properties, ...(type === 'hard' ? suppress(given, 'hard_bounce') : {}) }];
}

function suppress({ profile }: KlaviyoEvent, reason: 'hard_bounce' | 'complaint'): Partial<Event> {
  return profile?.email ? { suppress: { email: profile.email, reason } } : {};
}

function decision(given: KlaviyoEvent, state: MappedConsent['state']): Told {
  const method = text(given, 'Method') ?? text(given, 'method');
  const consent: MappedConsent = {
    channel: 'email',
    topic: null,
    state,
    decidedAt: given.datetime,
    proof: withoutUnset({ system: 'klaviyo', event: given.metric?.name, method }),
  };
  const name = state === 'granted' ? 'newsletter_subscribed' : 'newsletter_unsubscribed';
  return { name, properties: mail(given), consents: [consent] };
}

/** The number of the order is called differently by each shop; `$event_id` is what Klaviyo knows it by. */
function tellOrder(name: string, given: KlaviyoEvent): Told {
  const id = ['OrderId', 'order_id', 'Order ID', '$event_id'].map((key) => text(given, key)).find(Boolean);
  const currency = ['$value_currency', '$currency_code', 'currency', 'Currency', 'CurrencyCode']
    .map((key) => text(given, key))
    .find((code) => code && /^[A-Za-z]{3}$/.test(code));
  const value = toDecimal(given.properties.$value);
  return {
    name,
    properties: withoutUnset({ ...others(given), order_id: id }),
    ...(value === undefined ? {} : { value }),
    ...(currency === undefined ? {} : { currency: currency.toUpperCase() }),
  };
}

function text({ properties }: KlaviyoEvent, key: string): string | undefined {
  return optionalText.safeParse(properties[key]).data;
}
