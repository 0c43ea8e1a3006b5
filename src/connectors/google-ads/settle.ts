import { z } from 'zod';
import type { PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { done, refuse } from '../reading/audiences.ts';
import { askDataManager } from './data-manager.ts';
import type { GoogleAdsSettings } from './settings.ts';

const count = z.object({ recordCount: z.coerce.number().default(0), reason: z.string().default('') });
const status = z.object({
  requestStatusPerDestination: z
    .array(
      z.looseObject({
        requestStatus: z.string().default('PROCESSING'),
        errorInfo: z.object({ errorCounts: z.array(count).default([]) }).optional(),
      }),
    )
    .default([]),
});
type Count = z.infer<typeof count>;

const PREFIX = /^PROCESSING_ERROR_(REASON_)?/;
const WORDS: Record<string, string> = {
  DENIED_CONSENT: 'consent to ads was denied',
  NO_CONSENT: 'there is no consent to ads',
  UNKNOWN_CONSENT: 'consent to ads is unknown',
  INVALID_FORMAT: 'an address or phone number is not in its form',
  INTERNAL_ERROR: 'a fault of Google’s own',
};

/** How a request ended. Google counts what it left out and does not say whom: then it is a remark on everyone. */
export async function settle(
  ctx: Context<GoogleAdsSettings>,
  ticket: string,
  people: PushPerson[],
): Promise<PushOutcome[]> {
  const wish = { path: 'requestStatus:retrieve', query: { requestId: ticket } };
  const [found] = (await askDataManager(ctx, wish, status)).requestStatusPerDestination;
  const why = reasonsOf(found?.errorInfo?.errorCounts ?? []);
  if (found?.requestStatus === 'SUCCESS') return done(people);
  if (found?.requestStatus === 'FAILED') return people.map((person) => refuse(person, `Google: ${why}`));
  if (found?.requestStatus !== 'PARTIAL_SUCCESS')
    return people.map(({ profileId }) => ({ profileId, outcome: 'waiting', ticket }));
  const remark = `Google left out some of ${people.length} and does not say whom: ${why}`;
  return people.map(({ profileId }) => ({ profileId, outcome: 'done', remark }));
}

function reasonsOf(counts: Count[]): string {
  const words = counts.map(({ recordCount, reason }) => {
    const short = reason.replace(PREFIX, '');
    const what =
      WORDS[short] ?? (short === '' ? 'no reason given' : short.toLowerCase().replaceAll('_', ' '));
    return `${what} (${recordCount})`;
  });
  return words.join(', ') || 'no reason given';
}
