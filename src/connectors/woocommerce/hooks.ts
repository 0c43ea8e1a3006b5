import { z } from 'zod';
import type { Context, HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { isPlainSigned } from '../reading/signatures.ts';
import { connect } from './client.ts';
import { completeOrder, customerItem, deletedItem } from './items.ts';
import { register, unregister } from './register.ts';
import { customerRow, deleted, orderRow } from './rows.ts';
import type { WooSettings } from './settings.ts';

export const hooks: Hooks<WooSettings> = { verify, register, unregister };

const notice = z.looseObject({ id: z.number() });
const STREAMS: Record<string, string> = { order: 'orders', customer: 'customers' };

/**
 * A notice says only that something changed; `complete` then asks how it stands. So neither repeats nor the order of
 * arrival matter. https://developer.woocommerce.com/docs/best-practices/urls-and-routing/webhooks/
 */
function verify(request: HookRequest, settings: WooSettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST' || isPing(request)) return { answer: { status: 200, body: 'Ready.' } };
  const { webhookSecret, previousWebhookSecret } = settings;
  const signature = request.headers['x-wc-webhook-signature'];
  if (!isPlainSigned(request, signature, [webhookSecret, previousWebhookSecret]))
    return { answer: { status: 401, body: 'The signature does not fit, or no webhook secret is set.' } };
  const parsed = notice.safeParse(parse(request.body));
  if (!parsed.success) return { answer: { status: 400, body: 'This is not a notice.' } };
  return { items: itemsOf(request, String(parsed.data.id)) };
}

export async function complete(ctx: Context<WooSettings>, item: Item): Promise<Item> {
  if (deleted.safeParse(item.payload).success) return item;
  const client = connect(ctx);
  if (item.stream === 'orders') {
    const row = await client.find(`/orders/${item.externalId}`, orderRow);
    return row
      ? await completeOrder(client, row)
      : deletedItem(item.stream, item.externalId, item.version ?? '');
  }
  const row = await client.find(`/customers/${item.externalId}`, customerRow);
  return row ? customerItem(row) : deletedItem(item.stream, item.externalId, item.version ?? '');
}

/** When a webhook is saved the shop posts a form that says its number, unsigned. It holds nothing. */
function isPing({ body }: HookRequest): boolean {
  return /^webhook_id=\d+$/.test(Buffer.from(body.subarray(0, 100)).toString('utf8').trim());
}

function itemsOf({ headers, receivedAt }: HookRequest, id: string): Item[] {
  const [resource = '', event] = (headers['x-wc-webhook-topic'] ?? '').split('.');
  const stream = STREAMS[resource];
  if (!stream) return [];
  const told = headers['x-wc-webhook-delivery-id'] ?? receivedAt.toISOString();
  return event === 'deleted'
    ? [deletedItem(stream, id, told)]
    : [{ stream, externalId: id, version: told, payload: { id: Number(id) } }];
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
