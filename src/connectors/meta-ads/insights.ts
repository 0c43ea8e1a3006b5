import { z } from 'zod';
import type { Context, Page, Stream, VendorTotal } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { type DayPlan, dayIn, laterDay, planDays, sliceDays } from '../reading/days.ts';
import { daysBetween } from '../reading/orders.ts';
import { ask, askPages } from './client.ts';
import type { MetaAdsSettings } from './settings.ts';

type Ctx = Context<MetaAdsSettings>;

/** Figures move for 28 days after the day they are of. */
const RESTATED_DAYS = 28;
/** Meta keeps 37 months; two years are enough for a year-on-year. */
const FIRST_DAYS = 730;
/** Days a request: small enough not to be refused for size. */
const SLICE_DAYS = 30;

export const account = z.object({
  name: z.string().optional(),
  currency: z.string(),
  timezone_name: z.string(),
});

const insightRow = z.looseObject({ campaign_id: z.string(), date_start: z.string() });
const dayRow = z.object({ date_start: z.string(), spend: z.string().default('0') });
const insightCursor = z.object({ until: z.string() });

/** By campaign and day, in the currency and zone of the account. */
export const insightsStream: Stream<MetaAdsSettings> = {
  key: 'insights',
  title: 'Spend',
  cursor: insightCursor,
  pull: pullInsights,
};

/** Spend by day as the account itself sums it, campaigns that were removed included. */
export async function spendTotals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const { currency } = await readAccount(ctx);
  const days = daysBetween(from, to);
  const figures: VendorTotal[] = [];
  const slice = { since: days[0]!, until: days.at(-1)! };
  for await (const rows of askPages(ctx, sliceOf(ctx, slice, ACCOUNT), dayRow)) {
    for (const { date_start: day, spend: value } of rows)
      figures.push({ stream: 'insights', figure: 'spend', day, value, currency });
  }
  return figures;
}

export async function readAccount(ctx: Ctx): Promise<z.infer<typeof account>> {
  const query = { fields: 'name,currency,timezone_name' };
  return await ask(ctx, { path: `act_${ctx.settings.adAccountId}`, query }, account);
}

async function* pullInsights(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { currency, timezone_name: zone } = await readAccount(ctx);
  const known = readCursor(given, insightCursor);
  const plan = planDays({
    readUntil: known?.until ?? null,
    window: ctx.window,
    zone,
    last: dayIn(ctx.clock(), zone),
    movingDays: RESTATED_DAYS,
    firstDays: FIRST_DAYS,
  });
  let cursor = known;
  for (const slice of sliceDays(plan, SLICE_DAYS)) {
    // The cursor moves when the slice is whole; until then the one before it holds.
    for await (const rows of askPages(ctx, sliceOf(ctx, slice, CAMPAIGNS), insightRow))
      yield { items: rows.map((row) => toItem(row, currency)), cursor };
    if (!ctx.window) cursor = { until: laterDay(known?.until ?? slice.until, slice.until) };
    yield { items: [], cursor };
  }
}

const CAMPAIGNS = {
  level: 'campaign',
  fields: 'campaign_id,campaign_name,spend,impressions,clicks,date_start,date_stop',
};
const ACCOUNT = { level: 'account', fields: 'spend,date_start,date_stop' };

function sliceOf(ctx: Ctx, { since, until }: DayPlan, what: typeof CAMPAIGNS) {
  const time_range = JSON.stringify({ since, until });
  const query = { ...what, time_increment: '1', time_range, limit: '500' };
  return { path: `act_${ctx.settings.adAccountId}/insights`, query };
}

/** The currency is the account's; it goes with each figure, since a figure without one says nothing. */
function toItem(row: z.infer<typeof insightRow>, currency: string) {
  const payload = { ...row, account_currency: currency };
  return { stream: 'insights', externalId: `${row.campaign_id}:${row.date_start}`, payload };
}
