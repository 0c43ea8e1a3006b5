export type WooRow = { id: number; date_created_gmt: string; date_modified_gmt: string } & Record<
  string,
  unknown
>;

const START = Date.parse('2026-10-01T08:00:00Z');

/** An hour later for each index, in the vendor's way: no zone. */
export function hour(index: number): string {
  return new Date(START + index * 3_600_000).toISOString().slice(0, 19);
}

export function makeCustomer(index: number): WooRow {
  return {
    id: index + 1,
    date_created: hour(index),
    date_created_gmt: hour(index),
    date_modified: hour(index),
    date_modified_gmt: hour(index),
    email: `buyer${index}@example.com`,
    first_name: 'Buyer',
    last_name: String(index),
    role: index === 0 ? 'administrator' : 'customer',
    username: `buyer${index}`,
    billing: addressOf(index),
    shipping: addressOf(index),
    is_paying_customer: true,
    avatar_url: '',
    meta_data: [{ id: 1, key: 'wc_last_active', value: '1795000000' }],
  };
}

/** Goods of 100.00, 10.00 for shipping, a tenth of both as tax. Every other order is a guest's. */
export function makeOrder(index: number, changes: Record<string, unknown> = {}): WooRow {
  const at = hour(index);
  return {
    id: 700 + index,
    parent_id: 0,
    number: String(700 + index),
    order_key: `wc_order_${index}`,
    status: 'completed',
    currency: 'EUR',
    date_created: at,
    date_created_gmt: at,
    date_modified: at,
    date_modified_gmt: at,
    discount_total: '0.00',
    shipping_total: '10.00',
    total: '121.00',
    total_tax: '11.00',
    customer_id: index % 2 === 0 ? 2 : 0,
    customer_ip_address: '203.0.113.7',
    customer_user_agent: 'Browser',
    billing: addressOf(index),
    payment_method: 'stripe',
    transaction_id: `ch_${index}`,
    date_paid: at,
    date_paid_gmt: at,
    meta_data: [
      { id: 1, key: '_wc_order_attribution_utm_source', value: 'google' },
      { id: 2, key: '_wc_order_attribution_utm_medium', value: 'cpc' },
      { id: 3, key: '_card_note', value: 'private' },
    ],
    line_items: [
      {
        id: 1,
        name: 'Tea &ndash; green',
        product_id: 93,
        quantity: 2,
        total: '100.00',
        sku: 'tea',
        price: 50,
      },
    ],
    coupon_lines: [],
    refunds: [],
    ...changes,
  };
}

export function makeRefund(id: number, amount: string, lines: { goods?: string; shipping?: string } = {}) {
  const line = (total: string | undefined) => (total ? [{ id: 1, total, total_tax: '0.00' }] : []);
  return {
    id,
    date_created: hour(100 + id),
    date_created_gmt: hour(100 + id),
    amount,
    reason: '',
    refunded_by: 1,
    refunded_payment: true,
    meta_data: [],
    line_items: line(lines.goods),
    shipping_lines: line(lines.shipping),
    fee_lines: [],
    tax_lines: [],
  };
}

function addressOf(index: number) {
  const email = `buyer${index}@example.com`;
  return {
    first_name: 'Buyer',
    last_name: String(index),
    company: '',
    city: 'Berlin',
    postcode: '10115',
    country: 'DE',
    email,
    phone: '',
  };
}
