import { z } from 'zod';
import type { Context, Page, Stream, VendorTotal } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { dayIn, laterDay, planDays, sliceDays } from '../reading/days.ts';
import { askReport } from './client.ts';
import { toDecimalOfMicros } from './micros.ts';
import type { GoogleAdsSettings } from './settings.ts';

type Ctx = Context<GoogleAdsSettings>;

/** Clicks found to be invalid are credited for a month. */
const MOVING_DAYS = 30;
/** Two years, for a year-on-year. */
const FIRST_DAYS = 730;
/** Days a request: a large account stays below the size we read at once. */
const SLICE_DAYS = 30;

const accountRow = z.object({
  customer: z.object({
    descriptiveName: z.string().optional(),
    currencyCode: z.string(),
    timeZone: z.string(),
  }),
});
const spendRow = z.looseObject({
  campaign: z.looseObject({ id: z.string() }),
  segments: z.object({ date: z.string() }),
});
const dayRow = z.object({
  segments: z.object({ date: z.string() }),
  metrics: z.object({ costMicros: z.string().default('0') }).default({ costMicros: '0' }),
});
const spendCursor = z.object({ until: z.string() });

/** By campaign and day, in the currency and zone of the account. */
export const spendStream: Stream<GoogleAdsSettings> = {
  key: 'spend',
  title: 'Spend',
  cursor: spendCursor,
  pull: pullSpend,
};

export async function readAccount(ctx: Ctx) {
  const query =
    'SELECT customer.descriptive_name, customer.currency_code, customer.time_zone FROM customer LIMIT 1';
  const [found] = await askReport(ctx, query, accountRow);
  return found?.customer ?? { descriptiveName: undefined, currencyCode: 'USD', timeZone: 'UTC' };
}

async function* pullSpend(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { currencyCode, timeZone: zone } = await readAccount(ctx);
  const known = readCursor(given, spendCursor);
  const plan = planDays({
    readUntil: known?.until ?? null,
    window: ctx.window,
    zone,
    last: dayIn(ctx.clock(), zone),
    movingDays: MOVING_DAYS,
    firstDays: FIRST_DAYS,
  });
  for (const slice of sliceDays(plan, SLICE_DAYS)) {
    const rows = await askReport(ctx, spendQuery(slice), spendRow);
    const cursor = ctx.window ? known : { until: laterDay(known?.until ?? slice.until, slice.until) };
    yield { items: rows.map((row) => toItem(row, currencyCode)), cursor };
  }
}

/** Spend by day as the account itself sums it, campaigns that were removed included. */
export async function spendTotals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const { currencyCode, timeZone: zone } = await readAccount(ctx);
  const since = dayIn(from, zone);
  const until = dayIn(new Date(to.getTime() - 1), zone);
  const query = `SELECT segments.date, metrics.cost_micros FROM customer WHERE segments.date BETWEEN '${since}' AND '${until}'`;
  const rows = await askReport(ctx, query, dayRow);
  return rows.map(({ segments, metrics }) => ({
    stream: 'spend',
    day: segments.date,
    figure: 'spend',
    value: toDecimalOfMicros(metrics.costMicros),
    currency: currencyCode,
  }));
}

function spendQuery({ since, until }: { since: string; until: string }): string {
  return `SELECT segments.date, campaign.id, campaign.name, metrics.cost_micros, metrics.clicks, metrics.impressions FROM campaign WHERE segments.date BETWEEN '${since}' AND '${until}'`;
}

/** The currency is the account's; it goes with each figure, since a figure without one says nothing. */
function toItem(row: z.infer<typeof spendRow>, currency: string) {
  const payload = { ...row, account_currency: currency };
  return { stream: 'spend', externalId: `${row.campaign.id}:${row.segments.date}`, payload };
}
