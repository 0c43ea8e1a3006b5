import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { ask, filterMoment, LIMIT } from './client.ts';
import { type EventRow, eventRow, meta } from './rows.ts';
import type { GhostSettings } from './settings.ts';

type Ctx = Context<GhostSettings>;

/** Opens and failures reach Ghost from its mail service up to two days late, dated when they happened. */
const OVERLAP_MS = 48 * 60 * 60_000;
const TYPES = [
  'signup_event',
  'newsletter_event',
  'email_sent_event',
  'email_delivered_event',
  'email_opened_event',
  'email_failed_event',
  'email_complained_event',
  'click_event',
];
const answer = z.object({ events: z.array(eventRow), meta });

/**
 * Ghost tells events newest first and only by "older than". `since`: all up to here was read. While a reading is
 * under way, `until` is how far down it has come and `newest` what `since` will be when it meets the old end.
 */
const eventCursor = z.object({
  since: z.string().nullable(),
  until: z.string().nullable(),
  newest: z.string().nullable(),
});
type EventCursor = z.infer<typeof eventCursor>;

export const eventsStream: Stream<GhostSettings> = {
  key: 'member_events',
  title: 'Member events',
  cursor: eventCursor,
  pull: (ctx, cursor) => (ctx.window ? pullSlice(ctx, ctx.window, cursor) : pullEvents(ctx, cursor)),
};

async function* pullEvents(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  let cursor = readCursor(given, eventCursor) ?? { since: null, until: null, newest: null };
  const floor = cursor.since ? new Date(Date.parse(cursor.since) - OVERLAP_MS) : null;
  let seen = new Set<string>();
  for (;;) {
    const { rows, total } = await fetchEvents(ctx, floor, cursor.until);
    const items = rows.map(eventItem).filter((item) => !seen.has(item.externalId));
    const isLast = rows.length < LIMIT;
    cursor = isLast ? finish(cursor, rows, ctx.clock()) : descend(cursor, rows, ctx.clock());
    yield { items, cursor, total };
    if (isLast) return;
    seen = new Set(rows.map((row) => eventItem(row).externalId));
  }
}

/** A slice to be read again leaves the cursor where it was. */
async function* pullSlice(
  ctx: Ctx,
  { from, to }: { from: Date; to: Date },
  given: unknown,
): AsyncIterable<Page> {
  let place: EventCursor = { since: null, until: to.toISOString(), newest: null };
  for (;;) {
    const { rows, total } = await fetchEvents(ctx, from, place.until);
    yield { items: rows.map(eventItem), cursor: given, total };
    if (rows.length < LIMIT) return;
    place = descend(place, rows, to);
  }
}

async function fetchEvents(ctx: Ctx, floor: Date | null, until: string | null) {
  const bounds = [
    `type:[${TYPES.join(',')}]`,
    ...(floor ? [`data.created_at:>=${filterMoment(floor)}`] : []),
    ...(until ? [`data.created_at:<${filterMoment(new Date(until))}`] : []),
  ];
  const { events, meta } = await ask(
    ctx,
    '/members/events/',
    { limit: String(LIMIT), filter: bounds.join('+') },
    answer,
  );
  return { rows: events, total: meta.pagination.total };
}

/**
 * The next page begins one second above the oldest seen, so that events sharing its second are not stepped over;
 * where a whole page shares one second there is no way to ask for the rest of it, and it goes on below.
 */
function descend(cursor: EventCursor, rows: EventRow[], now: Date): EventCursor {
  const times = rows.map(timeOf);
  const oldest = Math.floor(Math.min(...times) / 1000) * 1000;
  const isOneSecond = oldest + 1000 > Math.max(...times);
  const until = new Date(isOneSecond ? oldest : oldest + 1000).toISOString();
  return { ...cursor, until, newest: newestOf(cursor, times, now) };
}

function finish(cursor: EventCursor, rows: EventRow[], now: Date): EventCursor {
  return { since: newestOf(cursor, rows.map(timeOf), now), until: null, newest: null };
}

function newestOf(cursor: EventCursor, times: number[], now: Date): string | null {
  if (cursor.newest) return cursor.newest;
  const newest = Math.max(Date.parse(cursor.since ?? '') || 0, ...times);
  return newest === 0 ? null : new Date(Math.min(newest, now.getTime())).toISOString();
}

function timeOf(row: EventRow): number {
  return toMoment(row.data.created_at)?.getTime() ?? 0;
}

const linkTo = z.object({ to: z.string() });
const withId = z.object({ id: z.string() });
const aboutNewsletter = z.object({ id: z.string(), name: z.string(), slug: z.string().optional() });

/**
 * A click has no id that lasts, and opened, delivered and failed events share the id of the recipient's row: an
 * event is known by its type and that.
 */
function eventItem({ type, data }: EventRow): Item {
  const link = linkTo.safeParse(data.link).data?.to ?? '';
  const member = withId.safeParse(data.member).data?.id ?? '';
  const id = type === 'click_event' ? `${member}:${hash(link)}:${data.created_at}` : String(data.id ?? '');
  return {
    stream: 'member_events',
    externalId: `${type}:${id}`,
    version: '',
    payload: { type, data: slim(data) },
  };
}

/** A newsletter comes with forty settings of its looks, with every event. */
function slim({ newsletter, ...data }: EventRow['data']): Record<string, unknown> {
  const kept = aboutNewsletter.safeParse(newsletter).data;
  return kept ? { ...data, newsletter: kept } : data;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
