import type { Rows } from '../../src/demo/vendors/wire.ts';
import { makeCustomer, makeOrder, money, type ShopifyRow } from './shopify-rows.ts';

/** A shop of many orders whose rows are made when they are asked for, and what they come to, counted on its own. */
export type LargeShop = {
  orders: Rows<ShopifyRow>;
  customers: Rows<ShopifyRow>;
  holds: { orders: number; people: number; netCents: number };
};

const YEARS_MS = 2 * 365 * 86_400_000;
const GUEST_EACH = 50;
const REFUND_EACH = 20;

/** The orders of the last two years, the last of them an hour before `now`; five a customer, some by guests. */
export function makeLargeShop(count: number, now: Date): LargeShop {
  const buyers = Math.max(1, Math.floor(count / 5));
  const at = (index: number) => {
    const ms = now.getTime() - 3_600_000 - ((count - index) / count) * YEARS_MS;
    return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  };
  const first = at(0);
  return {
    orders: { size: count, at: (index) => makeOne(index, at(index), buyers) },
    customers: { size: buyers, at: (index) => makeCustomer(index, first) },
    holds: {
      orders: count,
      people: buyers + Math.floor(count / GUEST_EACH),
      netCents: sum(count, (index) => goodsOf(index) - backOf(index)) * 100,
    },
  };
}

function makeOne(index: number, at: string, buyers: number): ShopifyRow {
  const times = { createdAt: at, updatedAt: at, processedAt: at };
  return makeOrder(index, { ...times, ...guestOf(index), ...refundOf(index, at) }, buyers);
}

function guestOf(index: number): Record<string, unknown> {
  return index % GUEST_EACH === GUEST_EACH - 1 ? { customer: null, email: `guest${index}@example.com` } : {};
}

/** One in twenty was paid back with its shipping, another one in part; a tenth of tax on both. */
function refundOf(index: number, createdAt: string): Record<string, unknown> {
  const back = backOf(index);
  if (back === 0) return {};
  const isWhole = back === goodsOf(index);
  const shipping = isWhole ? 11 : 0;
  const paid = money(back * 1.1 + shipping);
  return {
    displayFinancialStatus: isWhole ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    totalRefundedSet: paid,
    totalRefundedShippingSet: money(shipping),
    refunds: [{ id: `gid://shopify/Refund/${index}`, createdAt, totalRefundedSet: paid }],
  };
}

/** As `makeOrder` prices them: 100 for the first line and 20 for each further one. */
function goodsOf(index: number): number {
  return 100 + 20 * (index % 3);
}

function backOf(index: number): number {
  if (index % REFUND_EACH === 3) return goodsOf(index);
  return index % REFUND_EACH === 7 ? 20 : 0;
}

function sum(count: number, of: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += of(index);
  return total;
}
