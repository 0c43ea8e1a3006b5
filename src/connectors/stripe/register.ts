import { z } from 'zod';
import type { Context } from '../contract.ts';
import { change, list, type Query, VERSION } from './client.ts';
import { KINDS } from './kinds.ts';
import type { StripeSettings } from './settings.ts';

type Ctx = Context<StripeSettings>;

const PATH = '/webhook_endpoints';
const DENIED =
  'This key may not set up webhooks at Stripe. Give it Write for Webhook Endpoints and try again, or add the webhook by hand.';
const EVENTS: Query = KINDS.flatMap(({ types }) =>
  types.map((type): Query[number] => ['enabled_events[]', type]),
);

const endpoint = z.looseObject({ id: z.string(), url: z.string() });
const made = z.looseObject({ id: z.string(), secret: z.string().min(1) });
const changed = z.looseObject({ id: z.string() });

/** Stripe says the signing secret once, when an endpoint is made: one whose secret we do not have is made anew. */
export async function register(ctx: Ctx, url: string): Promise<Record<string, string>> {
  const known = await findEndpoints(ctx, url);
  const kept = ctx.settings.webhookSecret ? known[0] : undefined;
  for (const { id } of known.filter((one) => one !== kept)) await remove(ctx, id);
  if (kept) {
    // Stripe switches an endpoint off that did not answer for days.
    const form: Query = [...EVENTS, ['disabled', 'false']];
    await change(ctx, { method: 'POST', path: `${PATH}/${kept.id}`, form, denied: DENIED }, changed);
    return {};
  }
  const form: Query = [['url', url], ['description', 'Segments'], ['api_version', VERSION], ...EVENTS];
  const { secret } = await change(ctx, { method: 'POST', path: PATH, form, denied: DENIED }, made);
  return { webhookSecret: secret };
}

export async function unregister(ctx: Ctx, url: string): Promise<void> {
  for (const { id } of await findEndpoints(ctx, url)) await remove(ctx, id);
}

/** An account has sixteen at most: they are on the first page. */
async function findEndpoints(ctx: Ctx, url: string) {
  const found = await list(ctx, { path: PATH, query: [], after: null, denied: DENIED }, endpoint);
  return (found?.rows ?? []).filter((one) => one.url === url);
}

async function remove(ctx: Ctx, id: string): Promise<void> {
  await change(ctx, { method: 'DELETE', path: `${PATH}/${id}`, form: [], denied: DENIED }, changed);
}
