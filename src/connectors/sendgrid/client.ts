import type { z } from 'zod';
import type { HttpAnswer, HttpRequest } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { SendgridSettings } from './settings.ts';

export type Ask = {
  path: string;
  query?: Record<string, string>;
  method?: 'GET' | 'POST';
  json?: unknown;
  classify?: (answer: HttpAnswer) => Verdict | undefined;
  isRepeatable?: boolean;
};

/** https://www.twilio.com/docs/sendgrid/api-reference */
export async function ask<T>(
  ctx: Context<SendgridSettings>,
  { path, query, classify: special, ...rest }: Ask,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(`${ctx.settings.url}/v3${path}`);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const request: HttpRequest = {
    url: url.href,
    headers: { authorization: `Bearer ${ctx.settings.apiKey}` },
    classify: (answer) => special?.(answer) ?? classify(answer),
    ...rest,
  };
  return readAnswer(await ctx.http(request), schema, 'SendGrid');
}

function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status === 401) {
    return {
      outcome: 'reconnect',
      message: 'SendGrid does not accept the API key. Make a new one under Settings, API Keys.',
    };
  }
  if (answer.status === 403) {
    return {
      outcome: 'reconnect',
      message: 'SendGrid says this key may not do that. Give it Marketing and Suppressions (read).',
    };
  }
  // SendGrid names the seconds until the minute is over, and no Retry-After.
  const seconds = Number(answer.headers['x-ratelimit-reset']);
  if (answer.status === 429 && !answer.headers['retry-after'] && seconds > 0)
    return { outcome: 'retry', message: 'SendGrid asks us to slow down.', retryAfterMs: seconds * 1000 };
  return undefined;
}
