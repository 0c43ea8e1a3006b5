import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { PostmarkSettings } from './settings.ts';

/** Postmark gives five hundred rows at once, and ten thousand of any list. */
export const COUNT = 500;
export const REACH = 10_000;

/** https://postmarkapp.com/developer/api/overview */
export async function ask<T>(
  ctx: Context<PostmarkSettings>,
  path: string,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(`${ctx.settings.url}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { 'x-postmark-server-token': ctx.settings.serverToken };
  return readAnswer(await ctx.http({ url: url.href, headers, classify }), schema, 'Postmark');
}

const fault = z.object({ ErrorCode: z.number(), Message: z.string() });

function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status === 401 || answer.status === 403) {
    return {
      outcome: 'reconnect',
      message:
        'Postmark does not accept the token. Copy the server API token again, not that of the account.',
    };
  }
  if (answer.status !== 422) return undefined;
  const said = answer.text.startsWith('{') ? fault.safeParse(answer.json()).data : undefined;
  return {
    outcome: 'refuse',
    message: `Postmark refused the request: ${said?.Message ?? 'it does not say why'}`,
  };
}
