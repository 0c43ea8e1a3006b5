import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { ask, askPages } from './client.ts';
import type { MetaAdsSettings } from './settings.ts';

type Ctx = Context<MetaAdsSettings>;

/** Figures move for 28 days after the day they are of. */
const RESTATED_DAYS = 28;
/** Meta keeps 37 months; two years are enough for a year-on-year. */
const FIRST_DAYS = 730;
/** Days a request: small enough not to be refused for size. */
const SLICE_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

export const account = z.object({
  name: z.string().optional(),
  currency: z.string(),
  timezone_name: z.string(),
});

const insightRow = z.looseObject({ campaign_id: z.string(), date_start: z.string() });
const insightCursor = z.object({ until: z.string() });

/** By campaign and day, in the currency and zone of the account. */
export const insightsStream: Stream<MetaAdsSettings> = {
  key: 'insights',
  title: 'Spend',
  cursor: insightCursor,
  pull: pullInsights,
};

async function* pullInsights(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { currency, timezone_name: zone } = await ask(
    ctx,
    { path: `act_${ctx.settings.adAccountId}`, query: { fields: 'name,currency,timezone_name' } },
    account,
  );
  const today = dayIn(ctx.clock(), zone);
  const known = readCursor(given, insightCursor);
  let cursor = known;
  let since = known ? addDays(known.until, -RESTATED_DAYS) : addDays(today, -FIRST_DAYS);
  while (since <= today) {
    const until = earlier(addDays(since, SLICE_DAYS - 1), today);
    // The cursor moves when the slice is whole; until then the one before it holds.
    for await (const rows of askPages(ctx, sliceOf(ctx, since, until), insightRow)) {
      yield { items: rows.map((row) => toItem(row, currency)), cursor };
    }
    cursor = { until: known && until < known.until ? known.until : until };
    yield { items: [], cursor };
    since = addDays(until, 1);
  }
}

function sliceOf(ctx: Ctx, since: string, until: string) {
  const query = {
    level: 'campaign',
    time_increment: '1',
    time_range: JSON.stringify({ since, until }),
    fields: 'campaign_id,campaign_name,spend,impressions,clicks,date_start,date_stop',
    limit: '500',
  };
  return { path: `act_${ctx.settings.adAccountId}/insights`, query };
}

/** The currency is the account's; it goes with each figure, since a figure without one says nothing. */
function toItem(row: z.infer<typeof insightRow>, currency: string) {
  const payload = { ...row, account_currency: currency };
  return { stream: 'insights', externalId: `${row.campaign_id}:${row.date_start}`, payload };
}

/** The local day of an instant, YYYY-MM-DD. */
function dayIn(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
