import { z } from 'zod';
import type { Item } from '../contract.ts';
import { versionAt } from '../reading/versions.ts';
import type { Client } from './client.ts';
import { type CustomerRow, changedAt, type OrderRow } from './rows.ts';

/** Opens the order to whoever has it, tells where somebody sat, or points back at the shop. */
const PRIVATE = new Set(['order_key', 'customer_ip_address', 'customer_user_agent', 'cart_hash', '_links']);
/** Of what plugins hang onto an order, only what WooCommerce itself notes of where it came from. */
const ATTRIBUTION = '_wc_order_attribution_';

const refundRow = z.looseObject({ id: z.number() });

/** An order says of its refunds neither when they were nor what they were for: that is asked for. */
export async function completeOrder(client: Client, row: OrderRow): Promise<Item> {
  if (row.refunds.length === 0) return orderItem(row);
  const { rows } = await client.list(`/orders/${row.id}/refunds`, {}, refundRow);
  return orderItem({ ...row, refunds: rows.map(({ _links, meta_data, ...refund }) => refund) });
}

function orderItem(row: OrderRow): Item {
  const kept = Object.entries(row).filter(([name]) => !PRIVATE.has(name));
  const meta_data = row.meta_data.filter(({ key }) => key.startsWith(ATTRIBUTION));
  const payload = { ...Object.fromEntries(kept), meta_data };
  return {
    stream: 'orders',
    externalId: String(row.id),
    version: versionAt(changedAt(row), payload),
    payload,
  };
}

/** What plugins hang onto a customer may be anything, and changes with every visit. */
export function customerItem({
  meta_data: _dropped,
  _links,
  avatar_url: _picture,
  ...row
}: CustomerRow): Item {
  return {
    stream: 'customers',
    externalId: String(row.id),
    version: versionAt(changedAt(row), row),
    payload: row,
  };
}

export function deletedItem(stream: string, id: string, notice: string): Item {
  return { stream, externalId: id, version: `deleted ${notice}`, payload: { id: Number(id), deleted: true } };
}
