import { z } from 'zod';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { classifyGoogle } from '../reading/google.ts';
import { accountAddress, serviceAccountToken } from '../reading/service-account.ts';
import type { GoogleAnalyticsSettings } from './settings.ts';

const SCOPE = 'https://www.googleapis.com/auth/analytics.readonly';
/** Rows an answer. The vendor allows 250,000; this many stay far below the size we read at once. */
export const LIMIT = 10_000;

const cells = z.array(z.object({ value: z.string().default('') })).default([]);
const report = z.object({
  rows: z.array(z.object({ dimensionValues: cells, metricValues: cells })).default([]),
  rowCount: z.number().default(0),
  metadata: z
    .object({
      timeZone: z.string().optional(),
      subjectToThresholding: z.boolean().optional(),
      dataLossFromOtherRow: z.boolean().optional(),
      samplingMetadatas: z.array(z.unknown()).optional(),
    })
    .default({}),
});
export type Report = z.infer<typeof report>;

export type ReportWish = {
  day: string;
  dimensions: string[];
  metrics: string[];
  offset: number;
};

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport */
export async function runReport(ctx: Context<GoogleAnalyticsSettings>, wish: ReportWish): Promise<Report> {
  const { url, propertyId, serviceAccountKey } = ctx.settings;
  const answer = await ctx.http({
    method: 'POST',
    url: `${url}/v1beta/properties/${propertyId}:runReport`,
    headers: { authorization: `Bearer ${await serviceAccountToken(ctx, SCOPE)}` },
    json: {
      dateRanges: [{ startDate: wish.day, endDate: wish.day }],
      dimensions: wish.dimensions.map((name) => ({ name })),
      metrics: wish.metrics.map((name) => ({ name })),
      orderBys: wish.dimensions.map((name) => ({ dimension: { dimensionName: name } })),
      limit: String(LIMIT),
      offset: String(wish.offset),
    },
    isRepeatable: true,
    classify: (given) =>
      classifyGoogle(
        given,
        `Google Analytics does not let ${accountAddress(serviceAccountKey)} read this property. Add it under Admin, Property access management, as a Viewer.`,
      ),
  });
  return readAnswer(answer, report, 'Google Analytics');
}
