import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { MetaAdsSettings } from './settings.ts';

/** Lives about two years: v25 ends in 2028. https://developers.facebook.com/docs/graph-api/changelog/versions */
export const VERSION = 'v25.0';

export type Ask = {
  path: string;
  query?: Record<string, string>;
  accessToken?: string;
  method?: 'GET' | 'POST' | 'DELETE';
  json?: unknown;
};

/** A call of the Graph API; whatever we write may be written twice. The token goes in the header, where it cannot end in a log of addresses. */
export async function ask<T>(ctx: Context<MetaAdsSettings>, given: Ask, schema: z.ZodType<T>): Promise<T> {
  const token = given.accessToken ?? ctx.settings.accessToken;
  const url = new URL(`${ctx.settings.url}/${VERSION}/${given.path}`);
  for (const [name, value] of Object.entries(given.query ?? {})) url.searchParams.set(name, value);
  if (ctx.settings.appSecret) url.searchParams.set('appsecret_proof', proofOf(token, ctx.settings.appSecret));
  const answer = await ctx.http({
    method: given.method ?? 'GET',
    url: url.href,
    headers: { authorization: `Bearer ${token}` },
    ...(given.json === undefined ? {} : { json: given.json }),
    isRepeatable: true,
    classify,
  });
  return readAnswer(answer, schema, 'Meta');
}

/** All pages of an edge; Meta is done when it names no next page. */
export async function* askPages<Row>(
  ctx: Context<MetaAdsSettings>,
  given: Ask,
  row: z.ZodType<Row>,
): AsyncIterable<Row[]> {
  const page = z.object({
    data: z.array(row),
    paging: z
      .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
      .optional(),
  });
  let after: string | undefined;
  do {
    const query = { ...given.query, ...(after ? { after } : {}) };
    const { data, paging } = await ask(ctx, { ...given, query }, page);
    yield data;
    after = paging?.next ? paging.cursors?.after : undefined;
  } while (after);
}

/** https://developers.facebook.com/docs/graph-api/guides/secure-requests */
export function proofOf(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex');
}

/** The terms of custom audiences were not accepted for this ad account. */
const TERMS = 1870090;

const fault = z.object({
  error: z.object({
    message: z.string(),
    code: z.number(),
    error_subcode: z.number().optional(),
    is_transient: z.boolean().optional(),
  }),
});
type Fault = z.infer<typeof fault>['error'];

/** Meta answers 400 to nearly everything; the code tells what it is. */
function classify(answer: HttpAnswer): Verdict | undefined {
  const said =
    answer.status >= 400 && answer.text.startsWith('{')
      ? fault.safeParse(answer.json()).data?.error
      : undefined;
  if (!said) return undefined;
  if (isThrottle(said.code)) {
    return { outcome: 'retry', message: 'Meta asks us to slow down.', retryAfterMs: regainMs(answer) };
  }
  if (said.is_transient || said.code === 1 || said.code === 2) {
    return { outcome: 'retry', message: 'Meta has a problem of its own.' };
  }
  if (said.error_subcode === TERMS) {
    return {
      outcome: 'reconnect',
      message:
        'Meta asks for its terms of customer lists to be accepted first: Ads Manager, Audiences, Create, Customer list. Then push again.',
    };
  }
  if (said.code === 190) return { outcome: 'reconnect', message: tokenWords(said) };
  if (said.code === 10 || (said.code >= 200 && said.code < 300)) {
    return {
      outcome: 'reconnect',
      message: 'Meta says this token lacks a permission. Add those named in the form to the system user.',
    };
  }
  return { outcome: 'refuse', message: `Meta refused the request: ${said.message}` };
}

function isThrottle(code: number): boolean {
  return [4, 17, 32, 613].includes(code) || (code >= 80000 && code <= 80014);
}

function tokenWords({ error_subcode: subcode }: Fault): string {
  if (subcode === 463)
    return 'The access token of Meta has expired. Paste a new one; that of a system user does not expire.';
  return 'Meta does not accept the access token any more. Paste a new one.';
}

const usage = z.record(
  z.string(),
  z.array(z.looseObject({ estimated_time_to_regain_access: z.number().default(0) })),
);

/** The header names the minutes until we may come back. */
function regainMs({ headers }: HttpAnswer): number | undefined {
  const text = headers['x-business-use-case-usage'];
  if (!text) return undefined;
  const minutes = usage.safeParse(JSON.parse(text)).data;
  const longest = Math.max(
    0,
    ...Object.values(minutes ?? {})
      .flat()
      .map((use) => use.estimated_time_to_regain_access),
  );
  return longest > 0 ? longest * 60_000 : undefined;
}
