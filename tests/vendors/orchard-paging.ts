import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Context, defineConnector, type Page } from '../../src/connectors/contract.ts';
import { optionalText, readAnswer } from '../../src/connectors/reading/answers.ts';
import { readAscending } from '../../src/connectors/reading/ascending.ts';

/** The ways in which vendors hand out long lists. */
export const PAGINGS = ['time', 'page', 'cursor', 'offset'] as const;
export type Paging = (typeof PAGINGS)[number];

export type Tree = { id: string; updated: string; [field: string]: unknown };
export type TreeAnswer = { trees: Record<string, unknown>[]; next: string | null };
export type Asked = {
  plot: Plot;
  url: URL;
  /** Which request to this plot it is since the last run began; 1 is the first. */
  count: number;
  response: ServerResponse;
  /** What the vendor would rightly answer. */
  right: TreeAnswer;
};

/** One list of trees, handed out in one way, with its own fault. */
export type Plot = {
  paging: Paging;
  trees: Tree[];
  count: number;
  /** Places the vendor says it does not know any more. */
  forgotten: Set<string>;
  /** Answers instead and returns true, or returns false (what it did to `right` counts). */
  fault: ((asked: Asked) => boolean) | null;
};

const PAGE_SIZE = 10;

/** Many plots on one address, so that all faults and all ways of paging can be tried at once. */
export async function startPlots() {
  const plots = new Map<string, Plot>();
  const server = createServer((request, response) => answer(plots, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${host}`, host, plots, close };
}

export function send({ response }: Pick<Asked, 'response'>, body: TreeAnswer): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(write(body));
}

/** JSON as vendors write it: ids of digits are numbers, however long. */
export function write(body: unknown): string {
  return JSON.stringify(body).replaceAll(/"id":"(\d+)"/g, '"id":$1');
}

function answer(plots: Map<string, Plot>, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://plots');
  const plot = plots.get(url.pathname.slice(1))!;
  plot.count += 1;
  if (url.search === '') plot.forgotten.clear();
  if (plot.forgotten.has(url.search)) return void response.writeHead(410).end('{"error":"place expired"}');
  const asked = { plot, url, count: plot.count, response, right: listTrees(plot, url.searchParams) };
  if (!plot.fault?.(asked)) send(asked, asked.right);
}

export function listTrees(plot: Plot, query: URLSearchParams): TreeAnswer {
  const since = query.get('since') ?? '';
  const after = query.get('cursor') ?? '';
  const inOrder = ['time', 'cursor'].includes(plot.paging)
    ? plot.trees.toSorted((a, b) => compare(placeOf(a), placeOf(b)))
    : plot.trees.toSorted((a, b) => compare(a.id.padStart(30), b.id.padStart(30)));
  const all = inOrder.filter((tree) => tree.updated >= since && placeOf(tree) > after);
  const from = Number(query.get('offset') ?? 0) + Number(query.get('page') ?? 0) * PAGE_SIZE;
  const trees = all.slice(from, from + PAGE_SIZE);
  const hasMore = from + PAGE_SIZE < all.length;
  return { trees: structuredClone(trees), next: hasMore ? nextOf(plot.paging, from, trees) : null };
}

function nextOf(paging: Paging, from: number, trees: Tree[]): string {
  if (paging === 'page') return String(from / PAGE_SIZE + 1);
  if (paging === 'offset') return String(from + PAGE_SIZE);
  return placeOf(trees.at(-1)!);
}

function placeOf(tree: Tree): string {
  return `${tree.updated} ${tree.id.padStart(30, '0')}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const treeRow = z.looseObject({ id: optionalText, updated: z.string().nullish() });
const treesAnswer = z.object({ trees: z.array(treeRow), next: z.string().nullable() });
const datedAnswer = z.object({
  trees: z.array(treeRow.extend({ updated: z.string() })),
  next: z.string().nullable(),
});
const settings = z.object({
  plotUrl: z.string().meta({ title: 'Address' }),
  paging: z.enum(PAGINGS).meta({ title: 'Paging' }),
});
type Settings = z.infer<typeof settings>;
/** `since`: everything up to there is known. `next`: a list that is being read, and the place in it. */
const cursor = z.object({ since: z.string().nullable(), next: z.string().nullable() });
type Cursor = z.infer<typeof cursor>;

/** Reads plots as the connectors of real vendors read theirs. */
export const plotsConnector = defineConnector<Settings>({
  key: 'plots',
  name: 'Plots',
  category: 'shop',
  summary: 'Trees, however they are listed.',
  settings,
  streams: [{ key: 'trees', title: 'Trees', cursor, pull }],
  map: () => [],
  check: async () => 'It holds trees.',
});

function pull(ctx: Context<Settings>, given: unknown): AsyncIterable<Page> {
  const start = given === null ? { since: null, next: null } : cursor.parse(given);
  return ctx.settings.paging === 'time' ? pullByTime(ctx, start) : pullByPlace(ctx, start);
}

async function* pullByTime(ctx: Context<Settings>, start: Cursor): AsyncIterable<Page> {
  const pages = readAscending<z.infer<typeof treeRow> & { updated: string }>({
    vendor: 'Plots',
    from: start.since ? new Date(start.since) : null,
    now: ctx.clock(),
    atOf: (row) => new Date(row.updated),
    idOf: (row) => row.id ?? '',
    fetchPage: async (from, page) => {
      const query: Record<string, string> = from ? { since: from.toISOString() } : {};
      const body = await ask(ctx, page > 0 ? { ...query, page: String(page) } : query, datedAnswer);
      return { rows: body.trees, isLast: body.next === null };
    },
  });
  for await (const { rows, at } of pages)
    yield { items: rows.map(toItem), cursor: { since: at?.toISOString() ?? null, next: null } };
}

/** By number, token or offset. Only the token knows a "changed since"; the others read everything each time. */
async function* pullByPlace(ctx: Context<Settings>, start: Cursor): AsyncIterable<Page> {
  const { paging } = ctx.settings;
  const now = ctx.clock().toISOString();
  let { since: seen, next: place } = start;
  for (;;) {
    const query: Record<string, string> = start.since ? { since: start.since } : {};
    if (place) query[paging] = place;
    const body = await ask(ctx, query, treesAnswer);
    const times = body.trees.flatMap(({ updated }) => updated ?? []).map((at) => (at > now ? now : at));
    if (paging === 'cursor') seen = [seen ?? '', ...times].sort(compare).at(-1) || null;
    place = body.next;
    // In the midst of a list its beginning still counts; at its end, what was seen.
    yield { items: body.trees.map(toItem), cursor: { since: place ? start.since : seen, next: place } };
    if (!place) return;
  }
}

async function ask<T>(
  ctx: Context<Settings>,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const search = new URLSearchParams(query).toString();
  const url = ctx.settings.plotUrl + (search ? `?${search}` : '');
  return readAnswer(await ctx.http({ url }), schema, 'Plots');
}

function toItem(row: z.infer<typeof treeRow>) {
  return {
    stream: 'trees',
    externalId: row.id ?? '',
    version: row.updated ?? undefined,
    payload: row,
  };
}
