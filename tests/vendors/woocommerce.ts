import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';
import { makeCustomer, makeOrder, type makeRefund, type WooRow } from './woocommerce-rows.ts';

export type WooShop = {
  key: string;
  secret: string;
  /** The web server before it drops the Authorization header. */
  dropsHeader: boolean;
  /** More rows than these are not gathered in time. */
  mostInTime: number;
  customers: WooRow[];
  orders: WooRow[];
  refunds: Map<number, ReturnType<typeof makeRefund>[]>;
  hooks: WooHook[];
  /** The permission of the keys. */
  mayWrite: boolean;
};
export type WooHook = { id: number; topic: string; delivery_url: string; status: string; secret: string };
export type WooServer = ContractServer & {
  shop: WooShop;
  settings: { url: string; consumerKey: string; consumerSecret: string };
};

const ROOT = '/wp-json/wc/v3';

export async function startWooServer(
  options: { customers?: number; orders?: number } = {},
): Promise<WooServer> {
  const shop: WooShop = {
    key: 'ck_1',
    secret: 'cs_1',
    dropsHeader: false,
    mostInTime: 100,
    customers: Array.from({ length: options.customers ?? 5 }, (_, index) => makeCustomer(index)),
    orders: Array.from({ length: options.orders ?? 5 }, (_, index) => makeOrder(index)),
    refunds: new Map(),
    hooks: [],
    mayWrite: true,
  };
  const spec = await loadSpec('woocommerce.json', { ignored: ['consumer_key', 'consumer_secret'] });
  const server = await startContractServer(woocommerce(shop), spec);
  return {
    ...server,
    shop,
    settings: { url: server.url, consumerKey: shop.key, consumerSecret: shop.secret },
  };
}

/** The order says of its refunds what WooCommerce says: the sum, and nothing else. */
export function refundOrder(
  shop: WooShop,
  id: number,
  refund: ReturnType<typeof makeRefund>,
  changes: object = {},
): void {
  shop.refunds.set(id, [...(shop.refunds.get(id) ?? []), refund]);
  const order = shop.orders.find((one) => one.id === id);
  const refunds = shop.refunds.get(id)?.map((one) => ({ id: one.id, reason: '', total: `-${one.amount}` }));
  Object.assign(order ?? {}, {
    refunds,
    date_modified: refund.date_created,
    date_modified_gmt: refund.date_created_gmt,
    ...changes,
  });
}

function woocommerce(shop: WooShop): Vendor {
  return (request) => {
    if (!isKnown(shop, request))
      return fault(401, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.');
    const [, collection, id, edge] = request.path.slice(ROOT.length).split('/');
    if (collection === 'webhooks') return webhooks(shop, request, Number(id));
    if (Number(request.query.get('per_page') ?? 10) > shop.mostInTime)
      return { status: 504, headers: { 'content-type': 'text/html' }, text: '<h1>504 Gateway Time-out</h1>' };
    if (collection === 'orders' && edge === 'refunds')
      return paginate(shop.refunds.get(Number(id)) ?? [], request);
    const rows = collection === 'orders' ? ordersOf(shop, request) : customersOf(shop, request);
    if (!id) return paginate(rows, request);
    const found = (collection === 'orders' ? shop.orders : shop.customers).find(
      (row) => row.id === Number(id),
    );
    return found ? { status: 200, json: found } : fault(404, `woocommerce_rest_invalid_id`, 'Invalid ID.');
  };
}

/** The secret of a webhook is told to nobody. */
function webhooks(shop: WooShop, request: VendorRequest, id: number): VendorAnswer {
  const shown = ({ secret: _secret, ...hook }: WooHook) => hook;
  if (request.method === 'GET') return paginate(shop.hooks.map(shown), request);
  if (!shop.mayWrite)
    return fault(
      401,
      'woocommerce_rest_authentication_error',
      'The API key provided does not have write permissions.',
    );
  const given = request.body ? { ...JSON.parse(request.body) } : {};
  if (request.method === 'POST') {
    const made: WooHook = { id: shop.hooks.length + 1, status: 'active', secret: '', ...given };
    shop.hooks.push(made);
    return { status: 201, json: shown(made) };
  }
  const found = shop.hooks.find((hook) => hook.id === id);
  if (!found) return fault(404, 'woocommerce_rest_shop_webhook_invalid_id', 'Invalid ID.');
  if (request.method === 'DELETE') shop.hooks.splice(shop.hooks.indexOf(found), 1);
  return { status: 200, json: shown(Object.assign(found, given)) };
}

function isKnown(shop: WooShop, { headers, query }: VendorRequest): boolean {
  const basic = `Basic ${Buffer.from(`${shop.key}:${shop.secret}`).toString('base64')}`;
  const isInQuery = query.get('consumer_key') === shop.key && query.get('consumer_secret') === shop.secret;
  return isInQuery || (!shop.dropsHeader && headers.authorization === basic);
}

/** Trash is left out; times are exclusive, and of the site's zone (two hours ahead) unless they are said to be GMT. */
function ordersOf({ orders }: WooShop, { query }: VendorRequest): WooRow[] {
  const aheadMs = query.get('dates_are_gmt') === 'true' ? 0 : 7_200_000;
  const limit = (name: string, or: number) =>
    query.get(name) ? Date.parse(`${query.get(name)?.replace('Z', '')}Z`) - aheadMs : or;
  const states = query.get('status')?.split(',') ?? ['any'];
  const isWanted = (row: WooRow) =>
    (states.includes('any') ? row.status !== 'trash' : states.includes(String(row.status))) &&
    Date.parse(`${row.date_modified_gmt}Z`) > limit('modified_after', -1) &&
    Date.parse(`${row.date_created_gmt}Z`) > limit('after', -1) &&
    Date.parse(`${row.date_created_gmt}Z`) < limit('before', Number.MAX_VALUE);
  const field = query.get('orderby') === 'modified' ? 'date_modified_gmt' : 'date_created_gmt';
  const sign = query.get('order') === 'asc' ? 1 : -1;
  return orders.filter(isWanted).sort((a, b) => sign * (a[field].localeCompare(b[field]) || a.id - b.id));
}

/** Without `role=all` only customers come. */
function customersOf({ customers }: WooShop, { query }: VendorRequest): WooRow[] {
  const role = query.get('role') ?? 'customer';
  const sign = query.get('order') === 'desc' ? -1 : 1;
  const isById = query.get('orderby') === 'id';
  return customers
    .filter((row) => role === 'all' || row.role === role)
    .sort((a, b) => sign * (isById ? a.id - b.id : a.date_created_gmt.localeCompare(b.date_created_gmt)));
}

function paginate(rows: object[], { query }: VendorRequest): VendorAnswer {
  const size = Number(query.get('per_page') ?? 10);
  const page = Number(query.get('page') ?? 1);
  const headers = {
    'x-wp-total': String(rows.length),
    'x-wp-totalpages': String(Math.ceil(rows.length / size)),
  };
  return { status: 200, headers, json: rows.slice((page - 1) * size, page * size) };
}

function fault(status: number, code: string, message: string): VendorAnswer {
  return { status, json: { code, message, data: { status } } };
}
