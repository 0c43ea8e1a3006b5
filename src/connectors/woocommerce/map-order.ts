import { convert } from 'html-to-text';
import type { GivenIdentifier, MappedRecord } from '../contract.ts';
import { withoutUnset } from '../reading/answers.ts';
import { isPositive, minus, share, sum, withoutSign } from '../reading/decimals.ts';
import { orderEvents } from '../reading/orders.ts';
import type { Order } from './rows.ts';
import { addressTraits, nameOf } from './traits.ts';

/** On hold waits for a transfer that was promised; pending and failed wait for nothing any more. */
export const PLACED = ['processing', 'completed', 'on-hold', 'refunded'];
/** A checkout that nobody paid is cancelled by the shop after an hour: it never was an order. */
const UNPAID = new Set(['pending', 'failed', 'cancelled', 'trash', 'checkout-draft', 'auto-draft']);
/** Paid after the order, by nature. */
const PAID_LATER = new Set(['bacs', 'cheque', 'cod']);

export function mapOrder(given: Order): MappedRecord[] {
  const identifiers = identifiersOf(given);
  if (given.status === 'trash') return [{ type: 'removed', key: '' }];
  if (!isOrder(given) || identifiers.length === 0) return [];
  const events = orderEvents({
    identifiers,
    orderId: given.number ?? String(given.id),
    placedAt: given.date_created_gmt,
    value: goodsOf(given),
    currency: given.currency,
    properties: propertiesOf(given),
    refunds: given.refunds.map((refund) => ({
      id: String(refund.id),
      at: refund.date_created_gmt ?? given.date_modified_gmt ?? given.date_created_gmt,
      value: backForGoods(given, refund),
    })),
    voidedAt: voidedAtOf(given),
  });
  return given.customer_id === 0 ? [guestOf(given, identifiers), ...events] : events;
}

/** Shops have states of their own making: what is not known to be unpaid is an order. */
function isOrder({ status, date_paid_gmt, payment_method }: Order): boolean {
  if (status === 'cancelled') return date_paid_gmt !== undefined || PAID_LATER.has(payment_method ?? '');
  return !UNPAID.has(status);
}

/** An account names its person. A guest is known by the address typed, which can name a person but never join two. */
function identifiersOf({ customer_id, billing }: Order): GivenIdentifier[] {
  if (customer_id !== 0) return [{ kind: 'source', value: String(customer_id) }];
  return billing.email ? [{ kind: 'email', value: billing.email }] : [];
}

function goodsOf({ total, total_tax, shipping_total }: Order): string {
  return minus(total, total_tax, shipping_total);
}

/** Lines say what of a refund was goods; an amount without lines is shared as the order's own is. */
function backForGoods(given: Order, refund: Order['refunds'][number]): string {
  const lines = [...refund.line_items, ...refund.fee_lines].map(({ total }) => withoutSign(total));
  const hasLines = [...lines, ...refund.shipping_lines.map(({ total }) => withoutSign(total))].some(
    isPositive,
  );
  if (hasLines) return sum(...lines);
  return share(withoutSign(refund.amount ?? refund.total ?? '0'), goodsOf(given), given.total);
}

/** A cancelled order is fully refunded, whatever was paid by then. */
function voidedAtOf({ status, refunds, date_modified_gmt, date_created_gmt }: Order): Date | null {
  if (status !== 'cancelled' && status !== 'refunded') return null;
  return refunds.at(0)?.date_created_gmt ?? date_modified_gmt ?? date_created_gmt;
}

function guestOf(given: Order, identifiers: GivenIdentifier[]): MappedRecord {
  const { email, first_name: firstName, last_name: lastName } = given.billing;
  const name = nameOf(firstName, lastName);
  const traits = withoutUnset({ ...addressTraits(given.billing), email, firstName, lastName, name });
  return {
    type: 'person',
    key: 'guest',
    identifiers,
    traits,
    changedAt: given.date_created_gmt,
    consents: [],
  };
}

function propertiesOf(given: Order): Record<string, unknown> {
  const noted = new Map(
    given.meta_data.map(({ key, value }) => [key.replace('_wc_order_attribution_', ''), value]),
  );
  return withoutUnset({
    payment_id: given.transaction_id,
    payment_method: given.payment_method,
    status: given.status,
    coupon: given.coupon_lines[0]?.code,
    discount: isPositive(given.discount_total) ? given.discount_total : undefined,
    products: given.line_items.map((line) =>
      withoutUnset({
        product_id: line.product_id === undefined ? undefined : String(line.product_id),
        sku: line.sku,
        name: convert(line.name ?? '', { wordwrap: false }),
        quantity: line.quantity,
        price: line.price,
      }),
    ),
    utm_source: noted.get('utm_source'),
    utm_medium: noted.get('utm_medium'),
    utm_campaign: noted.get('utm_campaign'),
    utm_content: noted.get('utm_content'),
    utm_term: noted.get('utm_term'),
    referrer: noted.get('referrer'),
    landing_page: noted.get('session_entry'),
  });
}
