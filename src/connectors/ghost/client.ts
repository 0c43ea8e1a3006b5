import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { machineTime } from '../../base/clock.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { GhostSettings } from './settings.ts';

/** Ghost 6 answers a hundred rows at most, whatever is asked for. */
export const LIMIT = 100;

/** GET on the Admin API, whose paths end with a slash. https://docs.ghost.org/admin-api/ */
export async function ask<T>(
  ctx: Context<GhostSettings>,
  path: string,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(`${ctx.settings.url}/ghost/api/admin${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { authorization: `Ghost ${signToken(ctx.settings.adminApiKey)}`, 'accept-version': 'v6.0' };
  return readAnswer(await ctx.http({ url: url.href, headers, classify }), schema, 'Ghost');
}

/**
 * A token for one request: five minutes are the most Ghost accepts. Its time is the machine's, since Ghost
 * compares it with its own clock. https://docs.ghost.org/admin-api/#token-authentication
 */
export function signToken(adminApiKey: string, at: Date = machineTime()): string {
  const [id = '', secret = ''] = adminApiKey.split(':');
  const iat = Math.floor(at.getTime() / 1000);
  const head = encode({ alg: 'HS256', typ: 'JWT', kid: id });
  const claims = encode({ iat, exp: iat + 300, aud: '/admin/' });
  const signature = createHmac('sha256', Buffer.from(secret, 'hex'))
    .update(`${head}.${claims}`)
    .digest('base64url');
  return `${head}.${claims}.${signature}`;
}

/** A moment for a filter: UTC, in quotes. A malformed filter is no error to Ghost, it answers with nothing. */
export function filterMoment(at: Date): string {
  return `'${at.toISOString().slice(0, 19).replace('T', ' ')}'`;
}

function encode(part: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

const fault = z.object({
  errors: z.array(z.object({ message: z.string(), code: z.string().nullish() })).min(1),
});

function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status !== 401 && answer.status !== 403) return undefined;
  const isPage = !answer.headers['content-type']?.includes('json');
  if (isPage)
    return {
      outcome: 'retry',
      message: 'A protection page stands before the site. Let the address of this server pass it.',
    };
  const said = fault.safeParse(answer.json()).data?.errors[0];
  if (said?.message.includes('expired')) {
    return {
      outcome: 'retry',
      message: 'Ghost finds our token out of date: the clock of this machine or of the site is wrong.',
    };
  }
  const message = 'Ghost does not accept the Admin API key. Copy it again from Settings, Integrations.';
  return { outcome: 'reconnect', message };
}
