import { z } from 'zod';
import type { Context } from '../contract.ts';
import { readAscending } from '../reading/ascending.ts';
import { ask } from './client.ts';
import { type Included, included, links } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

export type Sorted<Row> = {
  path: string;
  /** What is asked for from a moment on, oldest first; null is the very beginning. */
  queryFrom: (from: Date | null) => Record<string, string>;
  from: Date | null;
  row: z.ZodType<Row>;
  atOf: (row: Row) => Date;
  idOf: (row: Row) => string;
};

export type SortedPage<Row> = { rows: Row[]; at: Date | null; included: Included[] };

/** Klaviyo names the next page by an opaque cursor; it is followed only within one second (see readAscending). */
export async function* readSorted<Row>(
  ctx: Context<KlaviyoSettings>,
  { path, queryFrom, row, ...rest }: Sorted<Row>,
): AsyncIterable<SortedPage<Row>> {
  const answer = z.object({
    data: z.array(row),
    links: links.nullish(),
    included: z.array(included).nullish(),
  });
  let next: string | null = null;
  let beside: Included[] = [];
  const pages = readAscending<Row>({
    vendor: 'Klaviyo',
    now: ctx.clock(),
    ...rest,
    fetchPage: async (from, page) => {
      const wish = page > 0 && next ? { path: next } : { path, query: queryFrom(from) };
      const told = await ask(ctx, wish, answer);
      next = told.links?.next || null;
      beside = told.included ?? [];
      return { rows: told.data, isLast: next === null };
    },
  });
  for await (const { rows, at } of pages) yield { rows, at, included: beside };
}

/** All pages of a short list. */
export async function* followPages<Row>(
  ctx: Context<KlaviyoSettings>,
  wish: { path: string; query: Record<string, string> },
  row: z.ZodType<Row>,
): AsyncIterable<Row[]> {
  const answer = z.object({ data: z.array(row), links: links.nullish() });
  let next: string | null = null;
  do {
    const told: z.infer<typeof answer> = await ask(ctx, next ? { path: next } : wish, answer);
    yield told.data;
    next = told.links?.next || null;
  } while (next);
}
