import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { addDays, type DayPlan, dayIn, laterDay, planDays, sliceDays } from '../reading/days.ts';
import { querySearch, type SearchRow } from './client.ts';
import type { SearchConsoleSettings } from './settings.ts';

type Ctx = Context<SearchConsoleSettings>;

/** Days are those of Google's home. */
const ZONE = 'America/Los_Angeles';
/** A day is final after two or three; a day that was read before that is read again. */
const MOVING_DAYS = 5;
/** Sixteen months are kept. */
const FIRST_DAYS = 480;
/** Totals are one row a day, so many days go into one request. */
const TOTAL_SLICE_DAYS = 90;
/** Rows an item: few rows in our tables, each far below the size of a record. */
const ROWS_PER_ITEM = 250;
const ITEMS_PER_PAGE = 40;
/** After so many days read a run that breaks off goes on from there. */
const SLICE_DAYS = 30;

const daysCursor = z.object({ until: z.string() });

/** Without query and page: rare queries are withheld, so that sums by query stay below these. */
export const totalsStream: Stream<SearchConsoleSettings> = {
  key: 'totals',
  title: 'Clicks and impressions by day',
  cursor: daysCursor,
  pull: pullTotals,
};

export const queriesStream = topStream('queries', 'Search queries', 'query');
export const pagesStream = topStream('pages', 'Pages found', 'page');

async function* pullTotals(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const known = readCursor(given, daysCursor);
  for (const slice of sliceDays(planOf(ctx, known), TOTAL_SLICE_DAYS)) {
    const rows = await querySearch(ctx, { ...slice, dimensions: ['date'], most: TOTAL_SLICE_DAYS });
    const items = rows.map((row) => itemOf('totals', row.keys[0] ?? slice.since, 0, [row]));
    yield {
      items,
      cursor: ctx.window ? known : { until: laterDay(known?.until ?? slice.until, slice.until) },
    };
  }
}

function topStream(key: string, title: string, dimension: string): Stream<SearchConsoleSettings> {
  return { key, title, cursor: daysCursor, pull };

  async function* pull(ctx: Ctx, given: unknown): AsyncIterable<Page> {
    let known = readCursor(given, daysCursor);
    for (const slice of sliceDays(planOf(ctx, known), SLICE_DAYS)) {
      // The cursor moves when the slice is whole; until then the one before it holds.
      for await (const items of readSlice(ctx, slice, { stream: key, dimension }))
        yield { items, cursor: known };
      if (!ctx.window) known = { until: laterDay(known?.until ?? slice.until, slice.until) };
      yield { items: [], cursor: known };
    }
  }
}

/** One day a request, as the cut after so many rows is made by day. Days without a row make no page of their own. */
async function* readSlice(
  ctx: Ctx,
  slice: DayPlan,
  { stream, dimension }: { stream: string; dimension: string },
): AsyncIterable<Item[]> {
  let waiting: Item[] = [];
  for (const { since: day } of sliceDays(slice, 1)) {
    const wish = { since: day, until: day, dimensions: ['date', dimension], most: ctx.settings.rowsPerDay };
    const rows = await querySearch(ctx, wish);
    for (let at = 0; at < rows.length; at += ROWS_PER_ITEM)
      waiting.push(itemOf(stream, day, at / ROWS_PER_ITEM, rows.slice(at, at + ROWS_PER_ITEM)));
    if (waiting.length >= ITEMS_PER_PAGE) {
      yield waiting;
      waiting = [];
    }
  }
  if (waiting.length > 0) yield waiting;
}

/** Only days that are over; of the newest there is nothing final yet, and they come with the days read again. */
function planOf(ctx: Ctx, known: z.infer<typeof daysCursor> | null) {
  return planDays({
    readUntil: known?.until ?? null,
    window: ctx.window,
    zone: ZONE,
    last: addDays(dayIn(ctx.clock(), ZONE), -1),
    movingDays: MOVING_DAYS,
    firstDays: FIRST_DAYS,
  });
}

function itemOf(stream: string, day: string, piece: number, rows: SearchRow[]): Item {
  const kept = rows.map(({ keys, clicks, impressions, position }) => ({
    key: keys[1] ?? '',
    clicks,
    impressions,
    position,
  }));
  return { stream, externalId: `${day}:${piece}`, payload: { day, rows: kept } };
}
