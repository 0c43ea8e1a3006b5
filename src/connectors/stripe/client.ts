import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { StripeSettings } from './settings.ts';

type Ctx = Context<StripeSettings>;

/** Every answer comes in the shape of this version, whatever the account's own is. */
export const VERSION = '2026-10-28.endive';
export type Query = [name: string, value: string][];
/** `at`: Stripe's own clock when it answered, in seconds. */
export type List<Row> = { rows: Row[]; hasMore: boolean; at: number };

/** https://docs.stripe.com/api. null where there is nothing of this id. */
export async function find<T>(ctx: Ctx, path: string, query: Query, schema: z.ZodType<T>): Promise<T | null> {
  const answer = await ask(ctx, { path, query, expect: [404] });
  return answer.status === 404 ? null : readAnswer(answer, schema, 'Stripe');
}

/** Newest first, always. null where the row to go on after is not known (any more). */
export async function list<Row extends { id: string }>(
  ctx: Ctx,
  given: { path: string; query: Query; after: string | null; denied?: string },
  row: z.ZodType<Row>,
): Promise<List<Row> | null> {
  const { path, after, denied } = given;
  const query: Query = [
    ...given.query,
    ['limit', '100'],
    ...(after ? [['starting_after', after] as [string, string]] : []),
  ];
  const answer = await ask(ctx, { path, query, expect: after ? [400] : [], denied });
  if (answer.status === 400) return null;
  const { data, has_more } = readAnswer(
    answer,
    z.object({ data: z.array(row), has_more: z.boolean() }),
    'Stripe',
  );
  if (has_more && data.length === 0)
    throw new ConnectorError('Stripe left a page empty in the middle of a list.', { retryable: true });
  return { rows: data, hasMore: has_more, at: secondOf(ctx, answer) };
}

/** Sends a form. Stripe does once what comes twice under one idempotency key, so it may be sent again. */
export async function change<T>(
  ctx: Ctx,
  given: { method: 'POST' | 'DELETE'; path: string; form: Query; denied: string },
  schema: z.ZodType<T>,
): Promise<T> {
  const { method, path, form, denied } = given;
  const answer = await ctx.http({
    method,
    url: `${ctx.settings.url}/v1${path}`,
    headers: {
      ...headersOf(ctx),
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': randomUUID(),
    },
    ...(form.length > 0 ? { body: new URLSearchParams(form).toString() } : {}),
    isRepeatable: true,
    classify: (said) => classify(said, [], denied),
  });
  return readAnswer(answer, schema, 'Stripe');
}

type Ask = { path: string; query: Query; expect: number[]; denied?: string | undefined };

async function ask(ctx: Ctx, { path, query, expect, denied = UNREADABLE }: Ask): Promise<HttpAnswer> {
  const url = new URL(`${ctx.settings.url}/v1${path}`);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return await ctx.http({
    url: url.href,
    headers: headersOf(ctx),
    expect,
    classify: (answer) => classify(answer, expect, denied),
  });
}

function headersOf({ settings }: Ctx): Record<string, string> {
  return { authorization: `Bearer ${settings.secretKey}`, 'stripe-version': VERSION };
}

function secondOf(ctx: Ctx, { headers }: HttpAnswer): number {
  const said = Date.parse(headers.date ?? '');
  return Math.floor((Number.isNaN(said) ? ctx.clock().getTime() : said) / 1000);
}

const fault = z.object({
  error: z.object({ message: z.string().default(''), param: z.string().optional() }),
});

const UNREADABLE =
  'Stripe says that this key may not read everything. Give it the permissions named in the form.';

function classify(answer: HttpAnswer, expect: number[], denied: string): Verdict | undefined {
  const { status, headers } = answer;
  if (status < 400) return undefined;
  if (status === 401)
    return {
      outcome: 'reconnect',
      message: 'Stripe does not accept the key. Make a new restricted key under Developers, API keys.',
    };
  if (status === 403) return { outcome: 'reconnect', message: denied };
  if (headers['stripe-should-retry'] === 'true')
    return { outcome: 'retry', message: 'Stripe asks to try again.' };
  const said = answer.text.startsWith('{') ? fault.safeParse(answer.json()).data?.error : undefined;
  if (status === 400 && expect.includes(400) && said?.param === 'starting_after')
    return { outcome: 'accept' };
  if (status === 400)
    return { outcome: 'refuse', message: `Stripe refused the request: ${said?.message ?? ''}` };
  return undefined;
}
