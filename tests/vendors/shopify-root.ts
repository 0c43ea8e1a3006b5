import { findFirst, type Rows, rowsOf, slice } from '../../src/demo/vendors/wire.ts';
import { makeBulk, type ShopifyBulk } from './shopify-bulk.ts';
import type { ShopifyRow, ShopifyShop } from './shopify-rows.ts';

type PageArgs = { first?: number; after?: string | null; query?: string | null };

/** What the fields at the top of a question give: the shop's rows in pages, its counts, its bulk operations. */
export function rootOf(shop: ShopifyShop, bulk: ShopifyBulk) {
  const list = (rows: Rows<ShopifyRow>) => (args: PageArgs) =>
    connect(without(filter(rows, args.query), shop.isHidden), args);
  const count = (rows: Rows<ShopifyRow>) => (args: PageArgs) => ({
    count: countOf(filter(rows, args.query), args.query),
    precision: 'EXACT',
  });
  return {
    shop: { id: 'gid://shopify/Shop/1', name: 'Ada’s Tea', currencyCode: 'EUR' },
    currentAppInstallation: {
      id: 'gid://shopify/AppInstallation/1',
      accessScopes: shop.scopes.map((handle) => ({ handle, description: handle })),
    },
    orders: list(shop.orders),
    customers: list(shop.customers),
    ordersCount: count(shop.orders),
    customersCount: count(shop.customers),
    order: ({ id }: { id: string }) => show(find(shop.orders, id)),
    customer: ({ id }: { id: string }) => show(find(shop.customers, id)),
    ...makeBulk(shop, bulk),
    ...hooksOf(shop),
  };
}

/** A row whose lines are paged. */
export function show(row: ShopifyRow | undefined) {
  if (!row?.lineItems) return row ?? null;
  const lines = row.lineItems as object[];
  return {
    ...row,
    lineItems: ({ first = lines.length }: PageArgs) => ({
      nodes: lines.slice(0, first),
      edges: lines.slice(0, first).map((node, index) => ({ node, cursor: String(index) })),
      pageInfo: {
        hasNextPage: lines.length > first,
        hasPreviousPage: false,
        startCursor: null,
        endCursor: null,
      },
    }),
  };
}

function find(rows: Rows<ShopifyRow>, id: string): ShopifyRow | undefined {
  return slice(rows, 0, rows.size).find((row) => row.id === id);
}

/** Rows changed since, oldest first. Rows stand in the order of their change, as the index does. */
function filter(rows: Rows<ShopifyRow>, query: string | null | undefined): Rows<ShopifyRow> {
  const since = /updated_at:>='([^']+)'/.exec(query ?? '')?.[1];
  const from = since ? findFirst(rows, (row) => Date.parse(row.updatedAt) >= Date.parse(since)) : 0;
  return { size: rows.size - from, at: (index) => rows.at(from + index) };
}

function without(rows: Rows<ShopifyRow>, isHidden: ShopifyShop['isHidden']): Rows<ShopifyRow> {
  return isHidden ? rowsOf(slice(rows, 0, rows.size).filter((row) => !isHidden(row))) : rows;
}

function countOf(rows: Rows<ShopifyRow>, query: string | null | undefined): number {
  if (!query) return rows.size;
  const [, field = '', from = ''] = /(created_at|processed_at):>='([^']+)'/.exec(query) ?? [];
  const to = /_at:<'([^']+)'/.exec(query)?.[1] ?? '9999';
  const name = field === 'created_at' ? 'createdAt' : 'processedAt';
  const isWithin = (row: ShopifyRow) => {
    const at = Date.parse(String(row[name]));
    return (
      at >= Date.parse(from) && at < Date.parse(to) && !(query.includes('test:false') && row.test === true)
    );
  };
  return slice(rows, 0, rows.size).filter(isWithin).length;
}

function connect(rows: Rows<ShopifyRow>, { first = 10, after }: PageArgs) {
  const from = after ? Number(after) + 1 : 0;
  const nodes = slice(rows, from, first).map(show);
  return {
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: String(from + index) })),
    pageInfo: {
      hasNextPage: from + nodes.length < rows.size,
      hasPreviousPage: from > 0,
      startCursor: String(from),
      endCursor: nodes.length > 0 ? String(from + nodes.length - 1) : null,
    },
  };
}

function hooksOf(shop: ShopifyShop) {
  return {
    webhookSubscriptions: () => ({
      nodes: shop.hooks,
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    }),
    webhookSubscriptionCreate: ({
      topic,
      webhookSubscription,
    }: {
      topic: string;
      webhookSubscription: { uri: string };
    }) => {
      const created = {
        id: `gid://shopify/WebhookSubscription/${shop.hooks.length + 1}`,
        topic,
        uri: webhookSubscription.uri,
      };
      shop.hooks.push(created);
      return { webhookSubscription: created, userErrors: [] };
    },
    webhookSubscriptionDelete: ({ id }: { id: string }) => {
      shop.hooks = shop.hooks.filter((hook) => hook.id !== id);
      return { deletedWebhookSubscriptionId: id, userErrors: [] };
    },
  };
}
