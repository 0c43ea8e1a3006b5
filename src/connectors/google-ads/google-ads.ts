import { z } from 'zod';
import { type Context, defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { readPayload } from '../reading/answers.ts';
import { guide } from './guide.ts';
import { toDecimalOfMicros } from './micros.ts';
import { audience, push } from './push.ts';
import { type GoogleAdsSettings, settings } from './settings.ts';
import { settle } from './settle.ts';
import { readAccount, spendStream, spendTotals } from './spend.ts';

export default defineConnector<GoogleAdsSettings>({
  key: 'google-ads',
  name: 'Google Ads',
  category: 'ads',
  summary:
    'What ads on Google cost by day and campaign, with their clicks and impressions. Segments go back for Customer Match.',
  guide,
  settings,
  streams: [spendStream],
  map,
  totals: spendTotals,
  audience,
  push,
  settle,
  check,
});

const count = z
  .union([z.string(), z.number()])
  .transform(Number)
  .pipe(z.number().int().nonnegative())
  .default(0);

/** A figure of nought is left out by the vendor. */
const report = z.object({
  campaign: z.object({ id: z.string(), name: z.string().default('') }),
  segments: z.object({ date: z.iso.date() }),
  metrics: z
    .object({
      costMicros: z
        .string()
        .regex(/^-?\d+$/)
        .default('0'),
      clicks: count,
      impressions: count,
    })
    .default({ costMicros: '0', clicks: 0, impressions: 0 }),
  account_currency: z.string(),
});

function map(item: Item): MappedRecord[] {
  const { campaign, segments, metrics, account_currency } = readPayload(item.payload, report);
  return [
    {
      type: 'spend',
      key: '',
      day: segments.date,
      channel: 'google',
      campaignId: campaign.id,
      campaign: campaign.name || `Campaign ${campaign.id}`,
      cost: toDecimalOfMicros(metrics.costMicros),
      currency: account_currency,
      clicks: metrics.clicks,
      impressions: metrics.impressions,
    },
  ];
}

async function check(ctx: Context<GoogleAdsSettings>): Promise<string> {
  const { descriptiveName, currencyCode, timeZone } = await readAccount(ctx);
  return `Ad account ${descriptiveName ?? ctx.settings.customerId}, figures in ${currencyCode}, days of ${timeZone}`;
}
