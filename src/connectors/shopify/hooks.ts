import { z } from 'zod';
import type { Context, HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { isPlainSigned } from '../reading/signatures.ts';
import { ask } from './client.ts';
import { CUSTOMERS, type Kind, ORDERS, oneDocument } from './documents.ts';
import { deletedItem, toItem } from './items.ts';
import { register, unregister } from './register.ts';
import { deleted, row } from './rows.ts';
import type { ShopifySettings } from './settings.ts';

export const hooks: Hooks<ShopifySettings> = { verify, register, unregister };

const id = z.coerce.string();
const notice = z.looseObject({
  id: id.optional(),
  admin_graphql_api_id: z.string().optional(),
  customer_id: id.optional(),
  customer: z.looseObject({ id: id.optional() }).nullish(),
  admin_graphql_api_customer_kept_id: z.string().optional(),
  admin_graphql_api_customer_deleted_id: z.string().optional(),
});
type Notice = z.infer<typeof notice>;

/**
 * A notice says only that something changed; `complete` then asks how it stands. So neither repeats nor the order
 * of arrival matter. https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 */
function verify(request: HookRequest, settings: ShopifySettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  const { clientSecret, previousClientSecret, shop } = settings;
  const signature = request.headers['x-shopify-hmac-sha256'];
  if (!isPlainSigned(request, signature, [clientSecret, previousClientSecret]))
    return { answer: { status: 401, body: 'The signature does not fit.' } };
  // One app may stand in several shops, and they all sign with its secret.
  if ((request.headers['x-shopify-shop-domain'] ?? shop).toLowerCase() !== shop)
    return { answer: { status: 401, body: 'This is the webhook of another shop.' } };
  const parsed = notice.safeParse(parse(request.body));
  if (!parsed.success) return { answer: { status: 400, body: 'This is not a notice.' } };
  return { items: itemsOf(request, parsed.data) };
}

export async function complete(ctx: Context<ShopifySettings>, item: Item): Promise<Item> {
  if (deleted.safeParse(item.payload).success) return item;
  const kind = item.stream === 'orders' ? ORDERS : CUSTOMERS;
  const { id: gid, toldAt } = z.object({ id: z.string(), toldAt: z.string() }).parse(item.payload);
  const given = { document: oneDocument(kind), variables: { id: gid } };
  const { found } = await ask(ctx, given, z.object({ found: row.nullable() }));
  return found ? toItem(kind, found) : deletedItem(kind.stream, gid, toldAt);
}

function itemsOf({ headers, receivedAt }: HookRequest, told: Notice): Item[] {
  const topic = headers['x-shopify-topic'] ?? '';
  const at = headers['x-shopify-triggered-at'] ?? receivedAt.toISOString();
  const [area] = topic.split('/');
  if (topic === 'customers/data_request' || (area !== 'orders' && area !== 'customers')) return [];
  if (topic === 'customers/merge') return mergeItems(told, at);
  const kind = area === 'orders' ? ORDERS : CUSTOMERS;
  const gid = gidOf(kind, told);
  if (!gid) return [];
  const isGone = topic.endsWith('/delete') || topic.endsWith('/redact');
  return [isGone ? deletedItem(kind.stream, gid, at) : noticeItem(kind, gid, at)];
}

function mergeItems(told: Notice, at: string): Item[] {
  const kept = told.admin_graphql_api_customer_kept_id;
  const gone = told.admin_graphql_api_customer_deleted_id;
  return [
    ...(kept ? [noticeItem(CUSTOMERS, kept, at)] : []),
    ...(gone ? [deletedItem('customers', gone, at)] : []),
  ];
}

function gidOf({ one }: Kind, told: Notice): string | undefined {
  if (told.admin_graphql_api_id) return told.admin_graphql_api_id;
  const number = told.id ?? told.customer_id ?? told.customer?.id;
  return number && `gid://shopify/${one === 'order' ? 'Order' : 'Customer'}/${number}`;
}

function noticeItem({ stream }: Kind, gid: string, toldAt: string): Item {
  const externalId = gid.split('/').at(-1) ?? gid;
  return { stream, externalId, version: toldAt, payload: { id: gid, toldAt } };
}

/** Ids have more digits than a number keeps: they are read as text. */
function parse(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(text.replace(/("(?:id|customer_id)"\s*:\s*)(\d{16,})/g, '$1"$2"'));
  } catch {
    return null;
  }
}
