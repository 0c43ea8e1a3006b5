import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';

const fault = z.looseObject({
  message: z.string(),
  extensions: z.looseObject({ code: z.string().optional() }).optional(),
});
const answered = z.object({
  errors: z.array(fault).default([]),
  extensions: z
    .object({
      cost: z.object({
        requestedQueryCost: z.number(),
        throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number() }),
      }),
    })
    .optional()
    .catch(undefined),
});
type Answered = z.infer<typeof answered>;

/** Shopify says what went wrong with 200 and a list of errors. */
export function errorsOf(answer: HttpAnswer): Answered['errors'] {
  return readFaults(answer)?.errors ?? [];
}

export function classify(answer: HttpAnswer): Verdict | undefined {
  if (answer.status !== 200) return classifyStatus(answer);
  const faults = readFaults(answer);
  const [first] = faults?.errors ?? [];
  const code = first?.extensions?.code;
  if (!faults || !first) return undefined;
  if (code === 'MAX_COST_EXCEEDED') return { outcome: 'accept' };
  if (code === 'THROTTLED')
    return { outcome: 'retry', message: 'Shopify asks us to slow down.', retryAfterMs: refillMs(faults) };
  if (code === 'INTERNAL_SERVER_ERROR' || code === 'TIMEOUT')
    return { outcome: 'retry', message: 'Shopify has a problem of its own.' };
  if (code === 'ACCESS_DENIED') return { outcome: 'reconnect', message: deniedWords(first.message) };
  return { outcome: 'refuse', message: `Shopify refused the question: ${first.message.slice(0, 300)}` };
}

function classifyStatus({ status }: HttpAnswer): Verdict | undefined {
  if (status === 401) {
    const message =
      'Shopify does not accept the access token. Check that the app is still installed in the shop, and paste its client ID and secret again.';
    return { outcome: 'reconnect', message };
  }
  if (status === 402 || status === 423)
    return { outcome: 'reconnect', message: 'Shopify has frozen or locked this shop.' };
  if (status === 403) return { outcome: 'reconnect', message: deniedWords('') };
  if (status === 404) return { outcome: 'reconnect', message: 'There is no shop of this name at Shopify.' };
  return undefined;
}

function deniedWords(said: string): string {
  const scope = /`(\w+)` access scope/.exec(said)?.[1];
  return `Shopify does not let the app read this. Give it ${scope ? `the scope ${scope}` : 'the scopes named in the form'} and install the new version in the shop.`;
}

/** The bucket refills steadily: how long until the question fits in. */
function refillMs({ extensions }: Answered): number | undefined {
  if (!extensions) return undefined;
  const { requestedQueryCost, throttleStatus } = extensions.cost;
  const missing = requestedQueryCost - throttleStatus.currentlyAvailable;
  return Math.max(0, Math.ceil((missing / throttleStatus.restoreRate) * 1000));
}

function readFaults(answer: HttpAnswer): Answered | undefined {
  if (!answer.text.includes('"errors"') || !answer.text.trimStart().startsWith('{')) return undefined;
  return answered.safeParse(answer.json()).data;
}
