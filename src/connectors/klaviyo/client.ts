import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer, HttpRequest } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

/** Lives two years, so until July 2028. https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy */
export const REVISION = '2026-07-15';

export type Ask = {
  /** After the address, or a whole address Klaviyo named as the next page. */
  path: string;
  query?: Record<string, string>;
  method?: 'GET' | 'POST' | 'DELETE';
  json?: unknown;
  expect?: number[];
  /** Writing the same once more changes nothing. */
  isRepeatable?: boolean;
};

/** https://developers.klaviyo.com/en/reference/api_overview */
export async function ask<T>(ctx: Ctx, given: Ask, schema: z.ZodType<T>): Promise<T> {
  return readAnswer(await send(ctx, given), schema, 'Klaviyo');
}

/** For calls that are answered without a body. */
export async function send(ctx: Ctx, { path, query, ...rest }: Ask): Promise<HttpAnswer> {
  const url = new URL(path, ctx.settings.url);
  // The key is for Klaviyo alone, whatever an answer names as the next page.
  if (url.origin !== new URL(ctx.settings.url).origin)
    throw new ConnectorError('Klaviyo points to a page on another host.', { retryable: false });
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const type = rest.json === undefined ? {} : { 'content-type': 'application/vnd.api+json' };
  const headers = {
    accept: 'application/vnd.api+json',
    authorization: `Klaviyo-API-Key ${ctx.settings.apiKey}`,
    revision: REVISION,
    ...type,
  };
  const request: HttpRequest = { url: url.href, headers, classify, ...rest };
  return await ctx.http(request);
}

const faults = z.object({ errors: z.array(z.object({ detail: z.string() })).min(1) });

function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status === 401) {
    return {
      outcome: 'reconnect',
      message: 'Klaviyo does not accept the API key. Make a new one under Settings, API keys.',
    };
  }
  if (answer.status === 403) {
    return {
      outcome: 'reconnect',
      message: 'Klaviyo says this key may not do that. Make one with the access named in the form.',
    };
  }
  if (answer.status !== 400 && answer.status !== 409 && answer.status !== 422) return undefined;
  const said = answer.text.startsWith('{') ? faults.safeParse(answer.json()).data?.errors[0]?.detail : null;
  return said ? { outcome: 'refuse', message: `Klaviyo refused the request: ${said}` } : undefined;
}
