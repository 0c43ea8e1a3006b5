import {
  type Rows,
  rowsOf,
  type Vendor,
  type VendorAnswer,
  type VendorRequest,
} from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { type ShopifyBulk, startBulkFiles } from './shopify-bulk.ts';
import { answer, costOf, faultsOf, isTooCostly, question } from './shopify-graphql.ts';
import { rootOf } from './shopify-root.ts';
import { makeCustomer, makeOrder, type ShopifyRow, type ShopifyShop } from './shopify-rows.ts';

export type ShopifyServer = ContractServer & {
  shop: ShopifyShop;
  orders: ShopifyRow[];
  customers: ShopifyRow[];
  bulk: ShopifyBulk;
  settings: { shop: string; clientId: string; clientSecret: string; url: string };
};

const PATH = '/admin/api/2026-07/graphql.json';
const THROTTLE = { maximumAvailable: 2000, currentlyAvailable: 1900, restoreRate: 100 };

/** The Admin API over the vendor's own schema: what it does not know is refused, what costs too much too. */
export async function startShopifyServer(
  options: {
    orders?: number;
    customers?: number;
    made?: Rows<ShopifyRow>;
    madeCustomers?: Rows<ShopifyRow>;
  } = {},
): Promise<ShopifyServer> {
  const orders = Array.from({ length: options.orders ?? 5 }, (_, index) => makeOrder(index));
  const customers = Array.from({ length: options.customers ?? 5 }, (_, index) => makeCustomer(index));
  const shop: ShopifyShop = {
    clientId: 'client',
    clientSecret: 'hush',
    accessToken: 'token-1',
    scopes: ['read_customers', 'read_orders', 'read_all_orders'],
    now: '2026-11-20T11:59:00Z',
    orders: options.made ?? sorted(orders),
    customers: options.madeCustomers ?? sorted(customers),
    hooks: [],
  };
  const bulk = await startBulkFiles(() => shop);
  const server = await startContractServer(shopify(shop, bulk), {
    faultsOfRequest: (request) =>
      request.path === PATH ? faultsOf(question.parse(JSON.parse(request.body)).query) : [],
    faultsOfAnswer: (_request, given) => unexplained(given),
  });
  const { clientId, clientSecret } = shop;
  const settings = { shop: 'ada.myshopify.com', clientId, clientSecret, url: server.url };
  const close = async () => void (await Promise.all([server.close(), bulk.close()]));
  return { ...server, shop, orders, customers, bulk, settings, close };
}

/** By the time of the change, as it stands when it is asked for. */
function sorted(list: ShopifyRow[]): Rows<ShopifyRow> {
  const now = () => rowsOf([...list].sort((a, b) => Date.parse(a.updatedAt) - Date.parse(b.updatedAt)));
  return {
    get size() {
      return list.length;
    },
    at: (index) => now().at(index),
  };
}

function shopify(shop: ShopifyShop, bulk: ShopifyBulk): Vendor {
  return (request) => {
    if (request.path === '/admin/oauth/access_token') return grant(shop, request);
    if (request.path !== PATH) return { status: 404, json: { errors: 'Not Found' } };
    if (request.headers['x-shopify-access-token'] !== shop.accessToken)
      return { status: 401, json: { errors: '[API] Invalid API key or access token' } };
    const { query, variables } = question.parse(JSON.parse(request.body));
    const cost = costOf(query, variables);
    if (isTooCostly(cost)) return costly(cost);
    const { data, errors } = answer(query, variables, rootOf(shop, bulk));
    const headers = { 'x-shopify-api-version': '2026-07' };
    return {
      status: 200,
      headers,
      json: { ...(errors ? { errors } : {}), data, extensions: extensionsOf(cost) },
    };
  };
}

function grant(shop: ShopifyShop, { body }: VendorRequest): VendorAnswer {
  const form = new URLSearchParams(body);
  const isKnown =
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_id') === shop.clientId &&
    form.get('client_secret') === shop.clientSecret;
  return isKnown
    ? {
        status: 200,
        json: { access_token: shop.accessToken, scope: shop.scopes.join(','), expires_in: 86399 },
      }
    : { status: 400, json: { error: 'invalid_client' } };
}

function extensionsOf(requestedQueryCost: number) {
  return { cost: { requestedQueryCost, actualQueryCost: requestedQueryCost, throttleStatus: THROTTLE } };
}

function costly(cost: number): VendorAnswer {
  const errors = [
    { message: 'Query cost is too high', extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: 1000 } },
  ];
  return { status: 200, json: { errors, extensions: extensionsOf(cost) } };
}

/** The bucket is empty: come back when enough of it has filled. */
export function throttled(requestedQueryCost: number, currentlyAvailable: number): VendorAnswer {
  const errors = [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }];
  const throttleStatus = { ...THROTTLE, currentlyAvailable };
  return { status: 200, json: { errors, extensions: { cost: { requestedQueryCost, throttleStatus } } } };
}

/** An error that no code explains is a row of ours that is not as the schema says. */
function unexplained({ json }: VendorAnswer): string[] {
  const errors = (json as { errors?: unknown }).errors;
  return Array.isArray(errors)
    ? errors.filter((one) => !one.extensions?.code).map((one) => String(one.message))
    : [];
}
