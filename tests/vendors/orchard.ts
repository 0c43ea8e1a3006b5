import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { defineConnector, type Page } from '../../src/connectors/contract.ts';

export type OrchardRecord = { id: string; updated: string; [field: string]: unknown };
type Answerer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A made-up vendor for tests of the sync engine itself: records in pages, and any misbehaviour a test asks for. */
export type Orchard = {
  url: string;
  /** host:port, for the list of private hosts that may be reached. */
  host: string;
  records: OrchardRecord[];
  requests: string[];
  /** Answers instead of the orchard and returns true, or returns false to let it answer. */
  misbehave: Answerer;
  close: () => Promise<void>;
};

export async function startOrchard(records: OrchardRecord[]): Promise<Orchard> {
  const server = createServer((request, response) => {
    orchard.requests.push(request.url ?? '');
    if (!orchard.misbehave(request, response)) answer(orchard.records, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const orchard: Orchard = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    records,
    requests: [],
    misbehave: () => false,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return orchard;
}

export function growRecords(count: number): OrchardRecord[] {
  return Array.from({ length: count }, (_one, index) => ({
    id: String(index + 1),
    updated: '2026-03-01T08:00:00Z',
    apples: index,
  }));
}

const answerShape = z.object({
  records: z.array(z.record(z.string(), z.unknown())),
  total: z.number(),
  next: z.number().nullable(),
});
const settings = z.object({
  baseUrl: z.string().meta({ title: 'Address' }),
  apiKey: z.string().min(1).meta({ title: 'API key', secret: true }),
  pageSize: z.number().int().positive().default(100).meta({ title: 'Page size' }),
});
type Settings = z.infer<typeof settings>;
const cursor = z.object({ offset: z.number() });

/** Its streams are called as the paths they are read from. */
export const orchardConnector = defineConnector<Settings>({
  key: 'orchard',
  name: 'Orchard',
  category: 'shop',
  summary: 'Apples, by the record.',
  settings: settings as z.ZodType<Settings>,
  streams: ['apples', 'pears'].map((key) => ({
    key,
    title: key === 'apples' ? 'Apples' : 'Pears',
    cursor,
    async *pull(ctx, from): AsyncIterable<Page> {
      let offset: number | null = from === null ? 0 : cursor.parse(from).offset;
      while (offset !== null) {
        const { baseUrl, apiKey, pageSize } = ctx.settings;
        const url = `${baseUrl}/${key}?offset=${offset}&limit=${pageSize}`;
        const body = answerShape.parse(
          (await ctx.http({ url, headers: { authorization: `Bearer ${apiKey}` } })).json(),
        );
        const next: number | null = body.next;
        const items = body.records.map((record) => ({
          stream: key,
          externalId: String(record.id ?? ''),
          version: record.updated === undefined ? undefined : String(record.updated),
          payload: record,
        }));
        // The end of the data is where the next run begins: what was added since lies there.
        yield { items, cursor: { offset: next ?? offset + items.length }, total: body.total };
        offset = next;
      }
    },
  })),
  map: () => [],
  hooks: {
    verify: (request) => {
      if (request.headers['x-orchard'] !== 'ripe') return { answer: { status: 401, body: 'unsigned' } };
      const record = z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(Buffer.from(request.body).toString('utf8')));
      return { items: [{ stream: 'apples', externalId: String(record.id ?? ''), payload: record }] };
    },
  },
  check: async (ctx) => {
    const { baseUrl, apiKey } = ctx.settings;
    const url = `${baseUrl}/apples?offset=0&limit=1`;
    const answer = await ctx.http({ url, headers: { authorization: `Bearer ${apiKey}` } });
    return `It holds ${answerShape.parse(answer.json()).total} apples.`;
  },
});

function answer(records: OrchardRecord[], request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://orchard');
  const all = url.pathname === '/apples' ? records : [];
  const offset = Number(url.searchParams.get('offset'));
  const limit = Number(url.searchParams.get('limit'));
  const page = all.slice(offset, offset + limit);
  const next = offset + limit < all.length ? offset + limit : null;
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ records: page, total: all.length, next }));
}
