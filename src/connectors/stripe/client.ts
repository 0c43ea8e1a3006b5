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
  const answer = await ask(ctx, path, query, [404]);
  return answer.status === 404 ? null : readAnswer(answer, schema, 'Stripe');
}

/** Newest first, always. null where the row to go on after is not known (any more). */
export async function list<Row extends { id: string }>(
  ctx: Ctx,
  given: { path: string; query: Query; after: string | null },
  row: z.ZodType<Row>,
): Promise<List<Row> | null> {
  const { path, after } = given;
  const query: Query = [
    ...given.query,
    ['limit', '100'],
    ...(after ? [['starting_after', after] as [string, string]] : []),
  ];
  const answer = await ask(ctx, path, query, after ? [400] : []);
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

async function ask(ctx: Ctx, path: string, query: Query, expect: number[]): Promise<HttpAnswer> {
  const url = new URL(`${ctx.settings.url}/v1${path}`);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const headers = { authorization: `Bearer ${ctx.settings.secretKey}`, 'stripe-version': VERSION };
  return await ctx.http({ url: url.href, headers, expect, classify: (answer) => classify(answer, expect) });
}

function secondOf(ctx: Ctx, { headers }: HttpAnswer): number {
  const said = Date.parse(headers.date ?? '');
  return Math.floor((Number.isNaN(said) ? ctx.clock().getTime() : said) / 1000);
}

const fault = z.object({
  error: z.object({ message: z.string().default(''), param: z.string().optional() }),
});

function classify(answer: HttpAnswer, expect: number[]): Verdict | undefined {
  const { status, headers } = answer;
  if (status < 400) return undefined;
  if (status === 401)
    return {
      outcome: 'reconnect',
      message: 'Stripe does not accept the key. Make a new restricted key under Developers, API keys.',
    };
  if (status === 403)
    return {
      outcome: 'reconnect',
      message:
        'Stripe says that this key may not read everything. Give it the permissions named in the form.',
    };
  if (headers['stripe-should-retry'] === 'true')
    return { outcome: 'retry', message: 'Stripe asks to try again.' };
  const said = answer.text.startsWith('{') ? fault.safeParse(answer.json()).data?.error : undefined;
  if (status === 400 && expect.includes(400) && said?.param === 'starting_after')
    return { outcome: 'accept' };
  if (status === 400)
    return { outcome: 'refuse', message: `Stripe refused the request: ${said?.message ?? ''}` };
  return undefined;
}
