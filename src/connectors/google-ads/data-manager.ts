import type { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { classifyGoogle } from '../reading/google.ts';
import { accountAddress, serviceAccountToken } from '../reading/service-account.ts';
import type { GoogleAdsSettings } from './settings.ts';

const SCOPE = 'https://www.googleapis.com/auth/datamanager';

export type Wish = { path: string; query?: Record<string, string>; json?: unknown };

/**
 * A call of the Data Manager API: the way for audiences, since the Google Ads API takes those of newcomers no more.
 * https://developers.google.com/data-manager/api
 */
export async function askDataManager<T>(
  ctx: Context<GoogleAdsSettings>,
  { path, query = {}, json }: Wish,
  schema: z.ZodType<T>,
): Promise<T> {
  const { audienceUrl, serviceAccountKey, managerId } = ctx.settings;
  const url = new URL(`${audienceUrl}/v1/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await ctx.http({
    method: json === undefined ? 'GET' : 'POST',
    url: url.href,
    headers: {
      authorization: `Bearer ${await serviceAccountToken(ctx, SCOPE, 'google-audiences')}`,
      ...(managerId ? { 'login-account': `accountTypes/GOOGLE_ADS/accounts/${managerId}` } : {}),
    },
    ...(json === undefined ? {} : { json }),
    isRepeatable: true,
    classify: (given) => classify(given, accountAddress(serviceAccountKey)),
  });
  return readAnswer(answer, schema, 'Google');
}

function classify(answer: HttpAnswer, address: string): Verdict | undefined {
  return classifyGoogle(
    answer,
    `Google does not let ${address} change the audiences of this account. Give it standard access under Admin, Access and security, and enable the Data Manager API in its project.`,
  );
}
