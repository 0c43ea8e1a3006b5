import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { type Client, connect } from './client.ts';
import { customerItem } from './items.ts';
import { type CustomerRow, customerRow } from './rows.ts';
import type { WooSettings } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;

/** `page` is the page a full scan has come to; null when none is under way. */
const cursorShape = z.object({
  scannedAt: z.string().nullable(),
  page: z.number().nullable(),
  newest: z.string().nullable(),
});
type Cursor = z.infer<typeof cursorShape>;

/** WooCommerce cannot say which customers changed: all are read once a day, and in between only who is new. */
export const customersStream: Stream<WooSettings> = {
  key: 'customers',
  title: 'Customers',
  listsAll: true,
  cursor: cursorShape,
  pull,
};

async function* pull(ctx: Context<WooSettings>, given: unknown): AsyncIterable<Page> {
  const client = connect(ctx);
  const cursor = readCursor(given, cursorShape) ?? { scannedAt: null, page: null, newest: null };
  const isDue = !cursor.scannedAt || ctx.clock().getTime() - Date.parse(cursor.scannedAt) >= DAY_MS;
  if (ctx.window) {
    const whole = { ...cursor, page: null };
    for await (const page of scan(client, whole, ctx.clock())) yield { ...page, cursor: given };
  } else if (isDue || cursor.page) yield* scan(client, cursor, ctx.clock());
  else yield* pullNew(client, cursor);
}

async function* scan(client: Client, start: Cursor, now: Date): AsyncIterable<Page> {
  let newest = start.newest;
  for (let page = start.page ?? 1; ; page++) {
    const query = { role: 'all', orderby: 'id', order: 'asc', page: String(page) };
    const { rows, pages, total } = await client.list('/customers', query, customerRow);
    newest = newestOf(newest, rows);
    const isLast = page >= pages;
    const cursor: Cursor = isLast
      ? { scannedAt: now.toISOString(), page: null, newest }
      : { scannedAt: start.scannedAt, page: page + 1, newest };
    yield { items: rows.map(customerItem), cursor, total };
    if (isLast) return;
  }
}

/** Newest first until one that is known; the cursor moves when all between were read. */
async function* pullNew(client: Client, start: Cursor): AsyncIterable<Page> {
  let newest = start.newest;
  for (let page = 1; ; page++) {
    const query = { role: 'all', orderby: 'registered_date', order: 'desc', page: String(page) };
    const { rows, pages } = await client.list('/customers', query, customerRow);
    const fresh = rows.filter((row) => createdAt(row) > (start.newest ?? ''));
    newest = newestOf(newest, fresh);
    const isLast = fresh.length < rows.length || page >= pages;
    yield { items: fresh.map(customerItem), cursor: isLast ? { ...start, newest } : start };
    if (isLast) return;
  }
}

function newestOf(newest: string | null, rows: CustomerRow[]): string | null {
  return rows.reduce(
    (latest: string | null, row) => (createdAt(row) > (latest ?? '') ? createdAt(row) : latest),
    newest,
  );
}

function createdAt(row: CustomerRow): string {
  return toMoment(row.date_created_gmt ?? '')?.toISOString() ?? '';
}
