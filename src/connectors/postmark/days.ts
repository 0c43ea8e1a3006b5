import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { addDays, dayIn } from '../reading/days.ts';
import { ask, COUNT, REACH } from './client.ts';
import { bounceItem, messageItem } from './items.ts';
import { bounceRow, messageRow } from './rows.ts';
import type { PostmarkSettings } from './settings.ts';

type Ctx = Context<PostmarkSettings>;
type Dated = {
  path: string;
  list: string;
  row: z.ZodType<Record<string, unknown>>;
  timeOf: string;
};

/** What Postmark keeps unless one pays for more. */
const KEPT_DAYS = 45;
/** Filters take days of Postmark's own zone, which is hours from UTC: a day more on each side holds all of ours. */
const MARGIN_DAYS = 1;
const OVERLAP_MS = 60 * 60_000;
const dayCursor = z.object({ since: z.string() });

const MESSAGES: Dated = {
  path: '/messages/outbound',
  list: 'Messages',
  row: messageRow,
  timeOf: 'ReceivedAt',
};
const BOUNCES: Dated = { path: '/bounces', list: 'Bounces', row: bounceRow, timeOf: 'BouncedAt' };

export const messagesStream: Stream<PostmarkSettings> = {
  key: 'messages',
  title: 'Mails sent',
  cursor: dayCursor,
  pull: (ctx, cursor) => pullDays(ctx, MESSAGES, (row) => messageItem(messageRow.parse(row)), cursor),
};

export const bouncesStream: Stream<PostmarkSettings> = {
  key: 'bounces',
  title: 'Bounces and complaints',
  cursor: dayCursor,
  pull: (ctx, cursor) => pullDays(ctx, BOUNCES, (row) => bounceItem(bounceRow.parse(row)), cursor),
};

/** The messages of a slice of time, page by page. */
export async function* readMessages(ctx: Ctx, from: Date, to: Date) {
  for await (const { rows } of readDays(ctx, MESSAGES, from, to))
    yield rows.map((row) => messageRow.parse(row));
}

async function* pullDays(
  ctx: Ctx,
  dated: Dated,
  toItem: (row: Record<string, unknown>) => Item,
  given: unknown,
): AsyncIterable<Page> {
  const since = readCursor(given, dayCursor)?.since;
  const now = ctx.clock();
  const start = since ? Date.parse(since) - OVERLAP_MS : now.getTime() - KEPT_DAYS * 86_400_000;
  const from = ctx.window?.from ?? startOf(new Date(start));
  const beyond: string[] = [];
  let newest = since ?? '';
  // A day read again costs little, and what Postmark learned late is in it.
  for await (const day of readDays(ctx, dated, from, ctx.window?.to ?? now)) {
    const times = day.rows.map((row) => timeOf(row, dated)).filter((time) => time <= now.toISOString());
    newest = times.reduce((a, b) => (a > b ? a : b), newest);
    const cursor = day.isLast && !ctx.window && newest ? { since: newest } : given;
    if (day.isLast && day.total > REACH) beyond.push(day.day);
    yield { items: day.rows.map(toItem), cursor };
  }
  if (beyond.length > 0) throw tooMany(beyond);
}

function startOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 86_400_000) * 86_400_000);
}

/** Days one by one, oldest first; `rows` are those that lie in the slice by our clock. */
async function* readDays(ctx: Ctx, dated: Dated, from: Date, to: Date) {
  const last = addDays(dayIn(new Date(to.getTime() - 1), 'UTC'), MARGIN_DAYS);
  for (let day = addDays(dayIn(from, 'UTC'), -MARGIN_DAYS); day <= last; day = addDays(day, 1)) {
    for await (const { rows, isLast, total } of readDay(ctx, dated, day)) {
      const inside = rows.filter((row) => {
        const time = timeOf(row, dated);
        return time >= from.toISOString() && time < to.toISOString();
      });
      yield { day, rows: inside, isLast, total };
    }
  }
}

async function* readDay(ctx: Ctx, { path, list, row }: Dated, day: string) {
  const schema = z.object({ TotalCount: z.number(), [list]: z.array(row) });
  const stream = ctx.settings.messageStream;
  for (let offset = 0; ; offset += COUNT) {
    const query = {
      count: String(COUNT),
      offset: String(offset),
      fromdate: day,
      todate: day,
      ...(stream ? { messagestream: stream } : {}),
    };
    const answer = await ask(ctx, path, query, schema);
    const total = z.number().parse(answer.TotalCount);
    const isLast = offset + COUNT >= Math.min(total, REACH);
    yield { rows: z.array(row).parse(answer[list]), isLast, total };
    if (isLast) return;
  }
}

function timeOf(row: Record<string, unknown>, dated: Dated): string {
  return toMoment(String(row[dated.timeOf]))?.toISOString() ?? '';
}

function tooMany(days: string[]): ConnectorError {
  const which = days.length === 1 ? days[0] : `${days[0]} and ${days.length - 1} other days`;
  const message = `Postmark shows only ${REACH.toLocaleString('en')} mails of a day, and on ${which} there were more. Add the webhook, which brings all of them.`;
  return new ConnectorError(message, { retryable: false });
}
