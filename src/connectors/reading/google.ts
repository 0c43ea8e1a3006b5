import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';

const fault = z.object({
  error: z.object({
    message: z.string().default(''),
    status: z.string().optional(),
    details: z.array(z.looseObject({})).default([]),
    errors: z.array(z.looseObject({ reason: z.string().optional() })).default([]),
  }),
});
type Fault = z.infer<typeof fault>['error'];

/** A quota of Google's is measured in quarters of an hour and more. */
const QUOTA_PAUSE_MS = 15 * 60_000;
const QUOTA = /quotaExceeded|rateLimitExceeded|RESOURCE_EXHAUSTED|RATE_LIMIT_EXCEEDED/;

/** What the errors of Google's interfaces mean. `access` says who has to be let in where. */
export function classifyGoogle(answer: HttpAnswer, access: string): Verdict | undefined {
  const said = answer.status >= 400 ? readFault(answer) : null;
  if (!said) return undefined;
  const words = JSON.stringify(said);
  if (answer.status === 429 || (answer.status === 403 && QUOTA.test(words))) {
    return {
      outcome: 'retry',
      message: 'Google asks us to slow down: a quota of the project is used up.',
      retryAfterMs: retryDelayOf(words) ?? QUOTA_PAUSE_MS,
    };
  }
  if (answer.status === 401)
    return { outcome: 'reconnect', message: 'Google does not accept the key any more. Paste a new one.' };
  if (answer.status === 403 || answer.status === 404)
    return { outcome: 'reconnect', message: wordsOfRefusal(words, access) };
  if (answer.status === 400)
    return { outcome: 'refuse', message: `Google refused the request: ${firstOf(said)}` };
  return undefined;
}

/** Reports that are streamed come as an array, their errors too. */
function readFault(answer: HttpAnswer): Fault | null {
  if (!/^\s*[[{]/.test(answer.text)) return null;
  const given = answer.json();
  return fault.safeParse(Array.isArray(given) ? given[0] : given).data?.error ?? null;
}

function retryDelayOf(words: string): number | undefined {
  const [, seconds] = /"retryDelay":"(\d+(?:\.\d+)?)s"/.exec(words) ?? [];
  return seconds ? Number(seconds) * 1000 : undefined;
}

function wordsOfRefusal(words: string, access: string): string {
  if (/SERVICE_DISABLED|accessNotConfigured/.test(words))
    return 'The interface is not switched on in the Google Cloud project of this key. Enable it there (APIs & Services, Library) and try again.';
  if (/CLOUD_PROJECT_NOT_APPROVED|ACTION_NOT_PERMITTED/.test(words))
    return 'The Google Cloud project of this key may only read test accounts so far. Apply for access in the API Center of Google Ads.';
  return access;
}

/** The most exact words are the innermost. */
function firstOf(said: Fault): string {
  const [, inner] = /"message":"((?:[^"\\]|\\.)+)"/.exec(JSON.stringify(said.details)) ?? [];
  return inner ?? said.message;
}
