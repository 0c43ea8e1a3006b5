import { toDecimal } from '../../base/decimal.ts';
import type { MappedConsent, MappedRecord } from '../contract.ts';
import { readCampaign, readReferrer } from './campaign.ts';
import { readConsents } from './consents.ts';
import { toEventName } from './event-names.ts';
import { readIdentifiers } from './identifiers.ts';
import type { StoredMessage, TrackingMessage } from './message.ts';

type EventRecord = Extract<MappedRecord, { type: 'event' }>;

/** track, page and screen are something a person did. */
export function mapEvent(stored: StoredMessage): MappedRecord {
  const { message } = stored;
  const name = nameEvent(message);
  const consents: MappedConsent[] = readConsents(name, stored);
  return {
    type: 'event',
    key: '',
    identifiers: readIdentifiers(message),
    name,
    occurredAt: new Date(stored.occurredAt),
    ...readMoney(message.properties),
    properties: readProperties(name, stored),
    ...(consents.length > 0 ? { consents } : {}),
  };
}

function nameEvent(message: TrackingMessage): string {
  if (message.type === 'page') return 'page_viewed';
  if (message.type === 'screen') return 'screen_viewed';
  return toEventName(message.event ?? '');
}

/** value, else revenue, else total: the first that is a number. The currency only where there is money. */
function readMoney(properties: Record<string, unknown>): Pick<EventRecord, 'value' | 'currency'> {
  const value = [properties.value, properties.revenue, properties.total]
    .map(toDecimal)
    .find((found) => found !== undefined);
  const currency = typeof properties.currency === 'string' ? properties.currency.trim().toUpperCase() : '';
  if (value === undefined) return {};
  return /^[A-Z]{3}$/.test(currency) ? { value, currency } : { value };
}

/** What was said wins over what the context knows. */
function readProperties(name: string, stored: StoredMessage): Record<string, unknown> {
  const { message } = stored;
  return {
    ...readCampaign(message),
    ...readReferrer(message),
    ...(message.type === 'track'
      ? {}
      : {
          ...(message.name ? { name: message.name } : {}),
          ...(message.category ? { category: message.category } : {}),
        }),
    ...(name.startsWith('order_') && typeof message.properties.orderId === 'string'
      ? { order_id: message.properties.orderId }
      : {}),
    ...message.properties,
    ...(stored.givenAt ? { original_timestamp: stored.givenAt } : {}),
  };
}
