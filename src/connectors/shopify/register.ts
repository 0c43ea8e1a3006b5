import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context } from '../contract.ts';
import { ask } from './client.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

const TOPICS = [
  'CUSTOMERS_CREATE',
  'CUSTOMERS_UPDATE',
  'CUSTOMERS_DELETE',
  'CUSTOMERS_MERGE',
  'CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE',
  'CUSTOMERS_MARKETING_CONSENT_UPDATE',
  'ORDERS_CREATE',
  'ORDERS_UPDATED',
  'ORDERS_CANCELLED',
  'ORDERS_DELETE',
];

const LIST = '{ hooks: webhookSubscriptions(first: 250) { nodes { id topic uri } } }';
const listed = z.object({
  hooks: z.object({ nodes: z.array(z.object({ id: z.string(), topic: z.string(), uri: z.string() })) }),
});
const CREATE = `mutation ($topic: WebhookSubscriptionTopic!, $uri: String!) {
  done: webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri, format: JSON }) {
    userErrors { message }
  }
}`;
const DELETE = `mutation ($id: ID!) { done: webhookSubscriptionDelete(id: $id) { userErrors { message } } }`;
const done = z.object({ done: z.object({ userErrors: z.array(z.object({ message: z.string() })) }) });

/** Shopify drops a subscription that failed for hours: called again, this makes those that are missing. */
export async function register(ctx: Ctx, url: string): Promise<Record<string, string>> {
  const { nodes } = (await ask(ctx, { document: LIST }, listed)).hooks;
  const known = new Set(nodes.filter(({ uri }) => uri === url).map(({ topic }) => topic));
  for (const topic of TOPICS.filter((one) => !known.has(one))) await change(ctx, CREATE, { topic, uri: url });
  return {};
}

/** Shopify lists to an app its own subscriptions only, and one app may send to several addresses. */
export async function unregister(ctx: Ctx, url: string): Promise<void> {
  const { nodes } = (await ask(ctx, { document: LIST }, listed)).hooks;
  for (const { id } of nodes.filter(({ uri }) => uri === url)) await change(ctx, DELETE, { id });
}

async function change(ctx: Ctx, document: string, variables: Record<string, string>): Promise<void> {
  const { userErrors } = (await ask(ctx, { document, variables, isWrite: true }, done)).done;
  if (userErrors.length === 0) return;
  const said = userErrors.map(({ message }) => message).join(' ');
  throw new ConnectorError(`Shopify did not take the webhook: ${said}`, { retryable: false });
}
