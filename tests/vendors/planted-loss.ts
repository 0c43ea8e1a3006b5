import type { ShopifyServer } from './shopify.ts';
import { makeOrder } from './shopify-rows.ts';

const ORDERS = 100;
const order = (index: number) => `gid://shopify/Order/${5_000_000_000_000n + BigInt(index)}`;

/** A day of a hundred orders, and the three of them that are lost while they are read. */
export const planted = { day: '2026-11-12', lost: [order(10), order(40), order(77)] };

/** A busy day, and a quiet one after it, so that the lost ones are not read again by the overlap. */
export function plantOrders(shopify: ShopifyServer): void {
  const at = (day: string, minute: number) =>
    new Date(Date.parse(`${day}T00:30:00Z`) + minute * 60_000).toISOString().replace('.000Z', 'Z');
  for (let index = 0; index < ORDERS; index++) shopify.orders.push(dated(index, at(planted.day, index * 10)));
  for (let index = 0; index < 5; index++)
    shopify.orders.push(dated(ORDERS + index, at('2026-11-15', index * 60)));
}

function dated(index: number, at: string) {
  return makeOrder(index, { processedAt: at, createdAt: at, updatedAt: at });
}
