import type { GivenIdentifier, MappedRecord } from '../contract.ts';
import { withoutUnset } from '../reading/answers.ts';
import { minus, share, sum } from '../reading/decimals.ts';
import { orderEvents } from '../reading/orders.ts';
import { numberOf, type Order } from './rows.ts';

/** Money is the shop's own, not that of the buyer's country: one shop adds up in one currency. */
export function mapOrder(given: Order): MappedRecord[] {
  const identifiers = identifiersOf(given);
  if (given.test || identifiers.length === 0) return [];
  return orderEvents({
    identifiers,
    orderId: numberOf(given.id),
    placedAt: given.processedAt,
    currency: given.totalPriceSet.shopMoney.currencyCode,
    properties: propertiesOf(given),
    ...moneyOf(given),
    voidedAt: voidedAtOf(given),
  });
}

/** The address of an order that has a customer was typed by them: it names them already. */
function identifiersOf({ customer, email }: Order): GivenIdentifier[] {
  if (customer) return [{ kind: 'source', value: numberOf(customer.id) }];
  return email ? [{ kind: 'email', value: email }] : [];
}

/**
 * Value and refunds of the goods alone. Shopify gives tax and refunds of an order in one sum with the shipping's, so
 * tax is parted by price; what was given back for shipping it tells.
 */
function moneyOf(given: Order) {
  const goods = given.subtotalPriceSet?.shopMoney.amount ?? given.totalPriceSet.shopMoney.amount;
  const tax = share(given.totalTaxSet, goods, sum(goods, given.totalShippingPriceSet));
  const value = given.taxesIncluded ? minus(goods, tax) : goods;
  const paid = given.taxesIncluded ? goods : sum(goods, tax);
  const back = given.totalRefundedSet;
  const backForGoods = minus(back, given.totalRefundedShippingSet);
  const refunds = given.refunds.map(({ id, createdAt, totalRefundedSet }) => ({
    id: numberOf(id),
    at: createdAt ?? given.processedAt,
    value: share(share(totalRefundedSet, backForGoods, back), value, paid),
  }));
  return { value, refunds };
}

/** A cancelled order is fully refunded, whatever was paid by then. */
function voidedAtOf({ cancelledAt, displayFinancialStatus, refunds }: Order): Date | null {
  if (cancelledAt) return cancelledAt;
  return displayFinancialStatus === 'REFUNDED' ? (refunds.at(-1)?.createdAt ?? null) : null;
}

function propertiesOf(given: Order): Record<string, unknown> {
  const visit = given.customerJourneySummary?.firstVisit;
  const utm = visit?.utmParameters;
  const discount = given.totalDiscountsSet;
  return withoutUnset({
    order_number: given.name,
    payment_status: given.displayFinancialStatus?.toLowerCase(),
    sales_channel: given.sourceName,
    coupon: given.discountCodes[0],
    discount: Number(discount) > 0 ? discount : undefined,
    tags: given.tags.length > 0 ? given.tags : undefined,
    products: given.lineItems.map(({ title, sku, quantity, originalUnitPriceSet: price }) =>
      withoutUnset({ name: title, sku, quantity, price }),
    ),
    utm_source: utm?.source,
    utm_medium: utm?.medium,
    utm_campaign: utm?.campaign,
    utm_content: utm?.content,
    utm_term: utm?.term,
    landing_page: visit?.landingPage,
    referrer: visit?.referrerUrl,
  });
}
