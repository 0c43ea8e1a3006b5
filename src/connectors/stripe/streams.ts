import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { list, type Query } from './client.ts';
import { pullEvents } from './events.ts';
import { listedItem } from './items.ts';
import { KINDS, type Kind } from './kinds.ts';
import { row } from './rows.ts';
import type { StripeSettings } from './settings.ts';

type Ctx = Context<StripeSettings>;

/** Stripe forgets events after thirty days: who was away longer reads everything again. */
const MEMORY_S = 29 * 24 * 60 * 60;

/** Seconds of Stripe's clock. `scan`: everything is being read, and has come to the row `after`. */
const cursorShape = z.object({
  since: z.number().nullable(),
  scan: z.object({ startedAt: z.number(), after: z.string() }).nullable(),
});
type Cursor = z.infer<typeof cursorShape>;

export const streams: Stream<StripeSettings>[] = KINDS.map((kind) => ({
  key: kind.stream,
  title: kind.title,
  cursor: cursorShape,
  pull: (ctx, given) => (ctx.window ? pullWindow(ctx, kind, given, ctx.window) : pull(ctx, kind, given)),
}));

/** There is no asking for what changed: all of it once, then what the events name. */
async function* pull(ctx: Ctx, kind: Kind, given: unknown): AsyncIterable<Page> {
  const cursor = readCursor(given, cursorShape);
  let since = cursor?.since ?? null;
  const isForgotten = since === null || ctx.clock().getTime() / 1000 - since > MEMORY_S;
  if (isForgotten || cursor?.scan) since = yield* scan(ctx, kind, cursor);
  for await (const { items, reached } of pullEvents(ctx, kind, since ?? 0)) {
    since = Math.max(since ?? 0, reached);
    yield { items, cursor: { since, scan: null } };
  }
}

/** What is made while it runs comes by the events since it began. */
async function* scan(ctx: Ctx, kind: Kind, start: Cursor | null): AsyncGenerator<Page, number> {
  let after = start?.scan?.after ?? null;
  let startedAt = start?.scan?.startedAt ?? null;
  for (;;) {
    const page = await list(ctx, { path: kind.path, query: kind.listed, after }, row);
    if (!page) {
      after = null;
      continue;
    }
    const askedAt: number = startedAt ?? page.at;
    startedAt = askedAt;
    after = page.rows.at(-1)?.id ?? null;
    const items = page.rows.map((one) => listedItem(kind, one, askedAt));
    const next = page.hasMore && after ? { startedAt: askedAt, after } : null;
    yield { items, cursor: { since: next ? (start?.since ?? null) : askedAt, scan: next } };
    if (!next) return askedAt;
  }
}

async function* pullWindow(
  ctx: Ctx,
  kind: Kind,
  cursor: unknown,
  { from, to }: { from: Date; to: Date },
): AsyncIterable<Page> {
  for await (const { rows, at } of listMade(ctx, kind, from, to))
    yield { items: rows.map((one) => listedItem(kind, one, at)), cursor };
}

/** Everything made in a slice of time, newest first. */
export async function* listMade(ctx: Ctx, kind: Kind, from: Date, to: Date) {
  const [first, end] = [Math.floor(from.getTime() / 1000), Math.ceil(to.getTime() / 1000)];
  const within: Query = [
    ['created[gte]', String(first)],
    ['created[lt]', String(end)],
  ];
  const query = kind.hasCreated ? [...kind.listed, ...within] : kind.listed;
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof list<z.infer<typeof row>>>> = await list(
      ctx,
      { path: kind.path, query, after },
      row,
    );
    if (!page) return;
    const rows = page.rows.filter(({ created = 0 }) => created >= first && created < end);
    yield { rows, at: page.at };
    after = page.rows.at(-1)?.id ?? null;
    const isBehind = (page.rows.at(-1)?.created ?? 0) < first;
    if (!page.hasMore || isBehind) return;
  }
}
