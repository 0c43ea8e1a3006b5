import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { readSorted, type SortedPage } from './paging.ts';
import { type EventRow, eventRow, type Included } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

/** Integrations hand events in late, dated when they happened. */
const OVERLAP_MS = 24 * 60 * 60_000;
const eventCursor = z.object({ since: z.string() });

export const eventsStream: Stream<KlaviyoSettings> = {
  key: 'events',
  title: 'Events',
  cursor: eventCursor,
  pull: pullEvents,
};

/**
 * Up to our present only: an event somebody dated in the future waits until its time has come, and never moves
 * the cursor past what is still to happen.
 */
async function* pullEvents(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const since = readCursor(given, eventCursor)?.since;
  const from = since ? new Date(Date.parse(since) - OVERLAP_MS) : null;
  const upTo = ctx.window
    ? `less-than(datetime,${ctx.window.to.toISOString()})`
    : `less-or-equal(datetime,${ctx.clock().toISOString()})`;
  let cursor = given;
  for await (const page of readEvents(ctx, ctx.window?.from ?? from, upTo)) {
    if (page.at && !ctx.window) cursor = { since: page.at.toISOString() };
    yield { items: page.rows.map((row) => eventItem(row, page.included)), cursor };
  }
}

function readEvents(ctx: Ctx, from: Date | null, upTo: string): AsyncIterable<SortedPage<EventRow>> {
  return readSorted<EventRow>(ctx, {
    path: '/api/events',
    from,
    queryFrom: (at) => ({
      sort: 'datetime',
      'page[size]': '200',
      include: 'metric,profile',
      'fields[profile]': 'email',
      'fields[metric]': 'name',
      filter: at ? `greater-or-equal(datetime,${at.toISOString()}),${upTo}` : upTo,
    }),
    row: eventRow,
    atOf: (row) => toMoment(row.attributes.datetime) ?? new Date(0),
    idOf: (row) => row.id,
  });
}

/** What happened does not change: it has no versions. Metric and profile stand beside the events, not in them. */
function eventItem({ id, attributes, relationships }: EventRow, beside: Included[]): Item {
  const find = (type: string, wanted: string | undefined) =>
    wanted === undefined ? null : { ...attributesOf(beside, type, wanted), id: wanted };
  const payload = {
    id,
    datetime: attributes.datetime,
    properties: attributes.event_properties ?? {},
    metric: find('metric', relationships?.metric?.data?.id),
    profile: find('profile', relationships?.profile?.data?.id),
  };
  return { stream: 'events', externalId: id, version: '', payload };
}

function attributesOf(beside: Included[], type: string, id: string) {
  return beside.find((one) => one.type === type && one.id === id)?.attributes ?? {};
}
