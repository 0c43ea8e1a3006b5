import type { z } from 'zod';
import type { HttpAnswer, HttpRequest } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { MailchimpSettings } from './settings.ts';

/** A thousand is the most Mailchimp gives at once. */
export const COUNT = 1000;

type Ask = { path: string; query?: Record<string, string>; method?: 'GET' | 'POST'; json?: unknown };

/** https://mailchimp.com/developer/marketing/api/ */
export async function ask<T>(ctx: Context<MailchimpSettings>, given: Ask, schema: z.ZodType<T>): Promise<T> {
  const url = new URL(`${rootOf(ctx.settings)}${given.path}`);
  for (const [name, value] of Object.entries(given.query ?? {})) url.searchParams.set(name, value);
  const request: HttpRequest = {
    url: url.href,
    method: given.method ?? 'GET',
    headers: authorize(ctx.settings),
    classify,
  };
  const answer = await ctx.http(given.json === undefined ? request : { ...request, json: given.json });
  return readAnswer(answer, schema, 'Mailchimp');
}

/** The data center is the part of the key after the dash. */
function rootOf({ url, apiKey }: MailchimpSettings): string {
  return `${url ?? `https://${apiKey.split('-').at(-1)}.api.mailchimp.com`}/3.0`;
}

function authorize({ apiKey }: MailchimpSettings): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`segments:${apiKey}`).toString('base64')}` };
}

function classify(answer: HttpAnswer): Verdict | undefined {
  const isProblem = answer.headers['content-type']?.includes('json');
  // Under heavy load Mailchimp answers with a bare 403, which says nothing about the key.
  if (answer.status === 403 && !isProblem)
    return { outcome: 'retry', message: 'Mailchimp is too busy to answer.' };
  if (answer.status === 401) {
    return {
      outcome: 'reconnect',
      message: 'Mailchimp does not accept the API key. Make a new one under Account, Extras, API keys.',
    };
  }
  if (answer.status === 403) {
    return {
      outcome: 'reconnect',
      message: 'Mailchimp says this key may not do that. Use a key of an owner or admin of the account.',
    };
  }
  return undefined;
}
