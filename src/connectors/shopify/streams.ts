import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { type BulkCursor, bulkCursor, pullBulk } from './bulk.ts';
import { CUSTOMERS, type Kind, ORDERS } from './documents.ts';
import { toItem } from './items.ts';
import { countAll, readChanged } from './pages.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

/** The index that answers what changed lags behind the shop. */
const OVERLAP_MS = 5 * 60_000;
/** Fewer rows are read sooner in pages than Shopify begins to write a file. */
const BULK_FROM = 1000;

/** `bulk`: a first load is under way; else everything that changed until `since` was read. */
const cursorShape = z.object({ since: z.string().nullable(), bulk: bulkCursor.nullable() });
type Cursor = z.infer<typeof cursorShape>;

export const streams: Stream<ShopifySettings>[] = [
  {
    key: 'customers',
    title: 'Customers',
    listsAll: true,
    cursor: cursorShape,
    count: (ctx) => countAll(ctx, CUSTOMERS),
    pull: (ctx, from) => pull(ctx, CUSTOMERS, from),
  },
  {
    key: 'orders',
    title: 'Orders',
    cursor: cursorShape,
    count: (ctx) => countAll(ctx, ORDERS),
    pull: (ctx, from) => pull(ctx, ORDERS, from),
  },
];

async function* pull(ctx: Ctx, kind: Kind, given: unknown): AsyncIterable<Page> {
  if (ctx.window) yield* pullWindow(ctx, kind, given, ctx.window.from);
  else yield* pullOn(ctx, kind, readCursor(given, cursorShape));
}

/**
 * What was made since then has changed since then: so the refunds of the slice come too, which stand on orders made
 * before it.
 */
async function* pullWindow(ctx: Ctx, kind: Kind, cursor: unknown, from: Date): AsyncIterable<Page> {
  for await (const { rows } of readChanged(ctx, kind, from))
    yield { items: rows.map((one) => toItem(kind, one)), cursor };
}

async function* pullOn(ctx: Ctx, kind: Kind, cursor: Cursor | null): AsyncIterable<Page> {
  let since = cursor?.since ?? null;
  const count = since ? undefined : await countAll(ctx, kind);
  // What an earlier run has stored of the file does not come again in this one.
  const total = count === undefined ? undefined : Math.max(0, count - (cursor?.bulk?.rows ?? 0));
  if (cursor?.bulk || (count ?? 0) > BULK_FROM)
    since = yield* loadAll(ctx, kind, { start: cursor?.bulk ?? null, count: count ?? 0 }, total);
  const from = since ? new Date(Date.parse(since) - OVERLAP_MS) : null;
  for await (const { rows, at } of readChanged(ctx, kind, from)) {
    // Never back behind where the last run came to: the overlap is read again, not gone through again and again.
    const reached = later(since, at);
    yield { items: rows.map((one) => toItem(kind, one)), cursor: { since: reached, bulk: null }, total };
  }
}

/** Until the file was asked for, by Shopify's clock: what changed while it was written is read once more. */
async function* loadAll(
  ctx: Ctx,
  kind: Kind,
  file: { start: BulkCursor | null; count: number },
  total: number | undefined,
): AsyncGenerator<Page, string> {
  const loading = pullBulk(ctx, kind, file);
  for (;;) {
    const step = await loading.next();
    if (step.done) {
      yield { items: [], cursor: { since: step.value.startedAt, bulk: null }, total };
      return step.value.startedAt;
    }
    const { bulk, ...page } = step.value;
    yield { ...page, cursor: { since: null, bulk }, total };
  }
}

function later(since: string | null, at: Date | null): string | null {
  if (!at) return since;
  return since && new Date(since) > at ? since : at.toISOString();
}
