import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { classify, errorsOf } from './faults.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

/** Served until July 2027; after that the oldest one still alive answers in its place, without a word. */
export const VERSION = '2026-07';

export type Ask = { document: string; variables?: Record<string, unknown>; isWrite?: boolean };

/** One query costs more than Shopify lets any query cost: it has to ask for fewer rows at once. */
export class TooCostly extends ConnectorError {
  override name = 'TooCostly';
}

/** https://shopify.dev/docs/api/admin-graphql */
export async function ask<T>(ctx: Ctx, given: Ask, schema: z.ZodType<T>): Promise<T> {
  const answer = await ctx.http({
    method: 'POST',
    url: `${rootOf(ctx.settings)}/admin/api/${VERSION}/graphql.json`,
    headers: { 'x-shopify-access-token': await tokenOf(ctx) },
    json: { query: given.document, variables: given.variables ?? {} },
    isRepeatable: !given.isWrite,
    classify,
  });
  noteVersion(ctx, answer);
  refuseCostly(answer);
  return readAnswer(answer, z.object({ data: schema }), 'Shopify').data;
}

function rootOf({ url, shop }: ShopifySettings): string {
  return url ?? `https://${shop}`;
}

const grant = z.object({ access_token: z.string(), expires_in: z.number() });

/** https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant */
async function tokenOf(ctx: Ctx): Promise<string> {
  const { accessToken, clientId, clientSecret } = ctx.settings;
  if (accessToken) return accessToken;
  return await ctx.token('access', async () => {
    const form = { grant_type: 'client_credentials', client_id: clientId!, client_secret: clientSecret! };
    const answer = await ctx.http({
      method: 'POST',
      url: `${rootOf(ctx.settings)}/admin/oauth/access_token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      isRepeatable: true,
      classify: refuseCredentials,
    });
    const { access_token, expires_in } = readAnswer(answer, grant, 'Shopify');
    return { value: access_token, expiresAt: new Date(ctx.clock().getTime() + expires_in * 1000) };
  });
}

function refuseCredentials({ status }: HttpAnswer) {
  const message =
    'Shopify does not accept the client ID and secret. Copy them again from the app in the Dev Dashboard, and make sure that the app is installed in this shop.';
  return status >= 400 && status < 404 ? ({ outcome: 'reconnect', message } as const) : undefined;
}

function noteVersion(ctx: Ctx, { headers }: HttpAnswer): void {
  const served = headers['x-shopify-api-version'];
  if (served && served !== VERSION)
    ctx.log.warn({ served, asked: VERSION }, 'Shopify answers in another version of its API');
}

function refuseCostly(answer: HttpAnswer): void {
  if (!errorsOf(answer).some(({ extensions }) => extensions?.code === 'MAX_COST_EXCEEDED')) return;
  throw new TooCostly('Shopify finds the question too large.', { retryable: false });
}
