import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import type { BrevoSettings } from './settings.ts';

/** https://developers.brevo.com/reference */
export async function ask<T>(
  ctx: Context<BrevoSettings>,
  path: string,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(`${ctx.settings.url}/v3${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { 'api-key': ctx.settings.apiKey };
  return readAnswer(await ctx.http({ url: url.href, headers, classify }), schema, 'Brevo');
}

const fault = z.object({ code: z.string(), message: z.string() });

function classify(answer: HttpAnswer): Verdict | undefined {
  const said =
    answer.status >= 400 && answer.text.startsWith('{') ? fault.safeParse(answer.json()).data : null;
  if (answer.status === 401 && /ip|address/i.test(said?.message ?? '')) {
    return {
      outcome: 'reconnect',
      message: 'Brevo does not know the address of this server. Authorise it under Security, Authorised IPs.',
    };
  }
  if (answer.status === 401 || answer.status === 403) {
    return {
      outcome: 'reconnect',
      message: 'Brevo does not accept the API key. Generate a new one under SMTP & API.',
    };
  }
  // Brevo names the seconds until the limit is lifted in a header of its own.
  const seconds = Number(answer.headers['x-sib-ratelimit-reset']);
  if (answer.status === 429 && !answer.headers['retry-after'] && seconds > 0)
    return { outcome: 'retry', message: 'Brevo asks us to slow down.', retryAfterMs: seconds * 1000 };
  return answer.status === 400 && said
    ? { outcome: 'refuse', message: `Brevo refused the request: ${said.message}` }
    : undefined;
}
