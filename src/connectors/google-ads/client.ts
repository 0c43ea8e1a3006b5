import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { classifyGoogle } from '../reading/google.ts';
import { accountAddress, serviceAccountToken } from '../reading/service-account.ts';
import type { GoogleAdsSettings } from './settings.ts';

/** Lives about a year. https://developers.google.com/google-ads/api/docs/sunset-dates */
export const VERSION = 'v24';
const SCOPE = 'https://www.googleapis.com/auth/adwords';

/**
 * One report in the query language of Google Ads. The answer is an array of pieces; a report without rows is an
 * empty one. No developer token: access belongs to the Cloud project since September 2026.
 * https://developers.google.com/google-ads/api/rest/common/search
 */
export async function askReport<Row>(
  ctx: Context<GoogleAdsSettings>,
  query: string,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  const { customerId, managerId, url, serviceAccountKey } = ctx.settings;
  const answer = await ctx.http({
    method: 'POST',
    url: `${url}/${VERSION}/customers/${customerId}/googleAds:searchStream`,
    headers: {
      authorization: `Bearer ${await serviceAccountToken(ctx, SCOPE)}`,
      ...(managerId ? { 'login-customer-id': managerId } : {}),
    },
    json: { query },
    isRepeatable: true,
    classify: (given) => classify(given, accountAddress(serviceAccountKey)),
  });
  const pieces = z.array(z.object({ results: z.array(row).default([]) }));
  return readAnswer(answer, pieces, 'Google Ads').flatMap(({ results }) => results);
}

function classify(answer: HttpAnswer, address: string): Verdict | undefined {
  return classifyGoogle(
    answer,
    `Google Ads does not let ${address} read this account. Add it under Admin, Access and security; if that is done in a manager account, give its ID too.`,
  );
}
