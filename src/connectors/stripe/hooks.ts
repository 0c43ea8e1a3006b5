import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Context, HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { isOneOf, TOLERANCE_MS } from '../reading/signatures.ts';
import { fetchChanged } from './events.ts';
import { planChangeItems } from './items.ts';
import { KINDS } from './kinds.ts';
import { register, unregister } from './register.ts';
import { event } from './rows.ts';
import type { StripeSettings } from './settings.ts';

export const hooks: Hooks<StripeSettings> = { verify, register, unregister };

/**
 * A notice says only that something changed; `complete` then asks how it stands. So neither repeats nor the order of
 * arrival matter. https://docs.stripe.com/webhooks#verify-manually
 */
function verify(request: HookRequest, settings: StripeSettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  if (!isSigned(request, [settings.webhookSecret, settings.previousWebhookSecret]))
    return { answer: { status: 401, body: 'The signature does not fit, or no signing secret is set.' } };
  const body = parse(request.body);
  if (z.object({ object: z.literal('v2.core.event') }).safeParse(body).success)
    return {
      answer: { status: 400, body: 'Thin events are not read: choose the payload style "Snapshot".' },
    };
  const parsed = event.safeParse(body);
  // Events of other kinds have objects without an id, too: they are none of ours.
  if (!parsed.success) return { items: [] };
  const { type, created, livemode, data } = parsed.data;
  const kind = KINDS.find(({ types, object }) => types.includes(type) && data.object.object === object);
  // Test and live never mix: an endpoint of the other mode was pointed here.
  if (!kind || livemode !== /_live_/.test(settings.secretKey)) return { items: [] };
  const notice = { id: data.object.id, toldAt: created };
  const item = { stream: kind.stream, externalId: data.object.id, version: String(created), payload: notice };
  return { items: [item, ...planChangeItems(parsed.data)] };
}

export async function complete(ctx: Context<StripeSettings>, item: Item): Promise<Item> {
  const kind = KINDS.find(({ stream }) => stream === item.stream);
  if (!kind) return item;
  const { id, toldAt } = z.object({ id: z.string(), toldAt: z.number() }).parse(item.payload);
  return await fetchChanged(ctx, kind, id, toldAt);
}

/** `t=<second>,v1=<hex>`, several of them while a secret is rolled; over the second, a dot, and the raw body. */
function isSigned({ headers, body, receivedAt }: HookRequest, secrets: (string | undefined)[]): boolean {
  const parts = (headers['stripe-signature'] ?? '').split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(time)) return false;
  const isFresh = Math.abs(receivedAt.getTime() - Number(time) * 1000) <= TOLERANCE_MS;
  const expected = secrets.flatMap((secret) =>
    secret ? createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex') : [],
  );
  const given = parts.flatMap(([name, value]) => (name === 'v1' && value ? value : []));
  return given.filter((one) => isOneOf(one, expected)).length > 0 && isFresh;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
