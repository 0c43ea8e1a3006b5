import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { Auth0Settings } from './settings.ts';

type Ctx = Context<Auth0Settings>;

const MARGIN_MS = 5 * 60_000;

/** GET on the Management API; null where there is no such thing. https://auth0.com/docs/api/management/v2 */
export async function ask<T>(
  ctx: Ctx,
  path: string,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const url = new URL(`${ctx.settings.url}/api/v2${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { authorization: `Bearer ${await signIn(ctx)}` };
  const answer = await ctx.http({ url: url.href, headers, classify, expect: [404] });
  return answer.status === 404 ? null : readAnswer(answer, schema, 'Auth0');
}

/** Client credentials; a token lives a day. */
async function signIn(ctx: Ctx): Promise<string> {
  const { url, clientId, clientSecret } = ctx.settings;
  return await ctx.token('management', async () => {
    const answer = await ctx.http({
      method: 'POST',
      url: `${url}/oauth/token`,
      json: {
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        audience: `${url}/api/v2/`,
      },
      isRepeatable: true,
      classify: classifySignIn,
    });
    const grant = readAnswer(answer, z.object({ access_token: z.string(), expires_in: z.number() }), 'Auth0');
    const lifeMs = Math.max(0, grant.expires_in * 1000 - MARGIN_MS);
    return { value: grant.access_token, expiresAt: new Date(ctx.clock().getTime() + lifeMs) };
  });
}

function classifySignIn({ status }: HttpAnswer): Verdict | undefined {
  if (status !== 401 && status !== 403) return undefined;
  const message =
    'Auth0 does not accept the client ID and secret, or the application is not authorized for the Management API.';
  return { outcome: 'reconnect', message };
}

/** When the limit begins anew is told in seconds since 1970. */
function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status === 403)
    return {
      outcome: 'reconnect',
      message: 'The application lacks the permission read:users. Add it under APIs, Auth0 Management API.',
    };
  if (answer.status !== 429) return undefined;
  const resetAt = Number(answer.headers['x-ratelimit-reset']) * 1000;
  const sentAt = Date.parse(answer.headers.date ?? '');
  const isTold = Number.isFinite(resetAt) && resetAt > 0 && !Number.isNaN(sentAt);
  return {
    outcome: 'retry',
    message: 'Auth0 asks us to slow down.',
    ...(isTold ? { retryAfterMs: Math.max(1000, resetAt - sentAt) } : {}),
  };
}
