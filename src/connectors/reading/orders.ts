import type { GivenIdentifier, MappedRecord, VendorTotal } from '../contract.ts';
import { isPositive, minus, smaller, sum } from './decimals.ts';

export type Order = {
  identifiers: GivenIdentifier[];
  orderId: string;
  placedAt: Date;
  /** After discounts, before shipping and tax. */
  value: string;
  currency: string;
  properties: Record<string, unknown>;
  /** Of the goods only, as the value is. */
  refunds: { id: string; at: Date; value: string }[];
  /** When the order came to nothing, whatever was paid back by then: what is left of it is taken back too. */
  voidedAt: Date | null;
};

type Event = Extract<MappedRecord, { type: 'event' }>;

/** One order as events: placed once, and each refund once. Never more is taken back than was placed. */
export function orderEvents(order: Order): Event[] {
  const { identifiers, orderId: order_id, currency, placedAt } = order;
  const placed: Event = {
    type: 'event',
    key: 'placed',
    identifiers,
    name: 'order_placed',
    occurredAt: placedAt,
    value: order.value,
    currency,
    properties: { order_id, ...order.properties },
  };
  const refunded = listRefunds(order).map(({ id, at, value }): Event => {
    const properties = { order_id, refund_id: id };
    return {
      type: 'event',
      key: `refund:${id}`,
      identifiers,
      name: 'order_refunded',
      occurredAt: at,
      value,
      currency,
      properties,
    };
  });
  return [placed, ...refunded];
}

function listRefunds({ refunds, value, voidedAt }: Order): Order['refunds'] {
  let left = value;
  const listed: Order['refunds'] = [];
  for (const refund of refunds) {
    const given = smaller(refund.value, left);
    if (!isPositive(given)) continue;
    listed.push({ ...refund, value: given });
    left = minus(left, given);
  }
  return voidedAt && isPositive(left) ? [...listed, { id: 'voided', at: voidedAt, value: left }] : listed;
}

/** What a vendor's own rows add up to, by the UTC day on which each order was placed and each refund was made. */
export function totalsOf(records: MappedRecord[], stream: string, from: Date, to: Date): VendorTotal[] {
  const events = records.filter(
    (record): record is Event =>
      record.type === 'event' && record.occurredAt >= from && record.occurredAt < to,
  );
  const days = Map.groupBy(events, ({ occurredAt, currency }) => `${dayOf(occurredAt)} ${currency}`);
  return [...days].sort().flatMap(([key, told]) => {
    const [day = '', currency] = key.split(' ');
    const placed = told.filter(({ name }) => name === 'order_placed');
    const gross = sum(...placed.map(({ value = '0' }) => value));
    const refunds = sum(
      ...told.filter(({ name }) => name === 'order_refunded').map(({ value = '0' }) => value),
    );
    const figure = (figure: VendorTotal['figure'], value: string) => ({
      stream,
      day,
      figure,
      value,
      currency,
    });
    return [
      { stream, day, figure: 'orders' as const, value: String(placed.length) },
      figure('net_revenue', minus(gross, refunds)),
      figure('refunds', refunds),
    ];
  });
}

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The UTC days that begin before `to`, from that of `from` on. */
export function daysBetween(from: Date, to: Date): string[] {
  const days: string[] = [];
  for (let at = Date.parse(dayOf(from)); at < to.getTime(); at += 86_400_000) days.push(dayOf(new Date(at)));
  return days;
}
