import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../contract.ts';
import { connect } from './client.ts';
import type { WooSettings } from './settings.ts';

type Ctx = Context<WooSettings>;

const TOPICS = ['order', 'customer'].flatMap((resource) =>
  ['created', 'updated', 'deleted'].map((event) => `${resource}.${event}`),
);
const hook = z.looseObject({ id: z.number(), topic: z.string(), delivery_url: z.string() });
type Hook = z.infer<typeof hook>;

/**
 * One webhook a topic, all with one secret of ours. Those that are there already get it once more and are switched on:
 * WooCommerce switches one off that failed five times.
 */
export async function register(ctx: Ctx, url: string): Promise<Record<string, string>> {
  const client = connect(ctx);
  const known = await findHooks(ctx, url);
  const secret = ctx.settings.webhookSecret || randomBytes(24).toString('base64url');
  const active = { secret, status: 'active' };
  for (const { id } of known) await client.change('PUT', `/webhooks/${id}`, active);
  for (const topic of TOPICS.filter((one) => !known.some((found) => found.topic === one)))
    await client.change('POST', '/webhooks', {
      name: `Segments: ${topic}`,
      topic,
      delivery_url: url,
      ...active,
    });
  return { webhookSecret: secret };
}

export async function unregister(ctx: Ctx, url: string): Promise<void> {
  const client = connect(ctx);
  for (const { id } of await findHooks(ctx, url)) await client.change('DELETE', `/webhooks/${id}?force=true`);
}

async function findHooks(ctx: Ctx, url: string): Promise<Hook[]> {
  const client = connect(ctx);
  const found: Hook[] = [];
  for (let page = 1, pages = 1; page <= pages; page++) {
    const part = await client.list('/webhooks', { page: String(page), status: 'all' }, hook);
    pages = part.pages;
    found.push(
      ...part.rows.filter(({ delivery_url, topic }) => delivery_url === url && TOPICS.includes(topic)),
    );
  }
  return found;
}
