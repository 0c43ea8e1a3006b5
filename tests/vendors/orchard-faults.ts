import { gzipSync } from 'node:zlib';
import {
  type Asked,
  listTrees,
  type Paging,
  type Plot,
  send,
  type TreeAnswer,
  write,
} from './orchard-paging.ts';

export type PlotFault = {
  name: string;
  /** What the vendor does from the second request on. True: it has answered. */
  strike: (asked: Asked) => boolean;
  /** How the run may end; by the way of paging where that matters. */
  ends: RunEnd | Partial<Record<Paging, RunEnd>>;
  says: RegExp | null;
  /** What is odd with the vendor's records from the start. */
  plant?: (plot: Plot) => void;
  /** The vendor corrects its records, and dates them anew as vendors do. */
  heal?: (plot: Plot) => void;
};
type RunEnd = 'succeeded' | 'partial' | 'failed';

const LATER = /tried again by itself|nightly sync goes on/;

/** Every fault a vendor is known for. */
export const FAULTS: PlotFault[] = [
  {
    name: '429 with seconds',
    ends: 'partial',
    says: /slow down/,
    strike: status(429, '', { 'retry-after': '900' }),
  },
  {
    name: '429 with a date',
    ends: 'partial',
    says: /slow down/,
    strike: (asked) =>
      status(429, '', { 'retry-after': new Date(Date.now() + 900_000).toUTCString() })(asked),
  },
  { name: '429 as a web page', ends: 'partial', says: /slow down/, strike: status(429, '<html>Slow</html>') },
  { name: '500', ends: 'partial', says: /status 500/, strike: status(500, 'oops') },
  { name: '502 of a proxy', ends: 'partial', says: /status 502/, strike: status(502, '<html>Bad</html>') },
  {
    name: '503 with a time',
    ends: 'partial',
    says: /status 503/,
    strike: status(503, '', { 'retry-after': '60' }),
  },
  { name: 'no answer', ends: 'partial', says: /silent|too long|in time/, strike: () => true },
  {
    name: 'a connection that breaks',
    ends: 'partial',
    says: /broke off/,
    strike: ({ response }) => Boolean(response.destroy()),
  },
  { name: 'a slow drip', ends: 'partial', says: /too long|in time/, strike: drip },
  { name: 'half of an answer', ends: 'partial', says: /broke off/, strike: cutShort },
  { name: 'garbage', ends: 'partial', says: /unreadable/, strike: body('{"trees": [}') },
  { name: 'nothing', ends: 'partial', says: /unreadable/, strike: body('') },
  {
    name: 'a web page',
    ends: 'partial',
    says: /web page/,
    strike: body('<!doctype html><title>Log in</title>'),
  },
  {
    name: 'broken gzip',
    ends: 'partial',
    says: /broke off/,
    strike: body('no gzip at all', { 'content-encoding': 'gzip' }),
  },
  {
    name: 'a gzip bomb',
    ends: 'partial',
    says: /more than 13 MB/,
    strike: body(gzipSync(Buffer.alloc(15e6)), { 'content-encoding': 'gzip' }),
  },
  {
    name: 'a page twice',
    ends: 'partial',
    says: /again/,
    strike: (asked) =>
      asked.count === 2 && answerWith(asked, { ...asked.right, trees: firstPage(asked).trees }),
  },
  {
    name: 'a page that goes back',
    ends: 'partial',
    says: /again/,
    strike: (asked) =>
      asked.count === 3 && answerWith(asked, { ...asked.right, trees: firstPage(asked).trees }),
  },
  {
    name: 'a cursor that loops',
    ends: 'partial',
    says: /again/,
    strike: (asked) =>
      answerWith(asked, { ...firstPage(asked), next: asked.right.next ?? firstPage(asked).next }),
  },
  {
    name: 'a cursor that expired',
    ends: 'partial',
    says: /status 410/,
    strike: (asked) => {
      asked.plot.forgotten.add(asked.url.search);
      return status(410, '{"error":"place expired"}')(asked);
    },
  },
  {
    name: 'an empty page with more behind it',
    ends: { time: 'partial', page: 'succeeded', cursor: 'succeeded', offset: 'succeeded' },
    says: null,
    strike: (asked) => asked.count === 2 && answerWith(asked, { trees: [], next: placeBefore(asked) }),
  },
  {
    name: 'empty pages without end',
    ends: 'partial',
    says: /again|empty/,
    strike: (asked) => answerWith(asked, { trees: [], next: String(1_000 + asked.count) }),
  },
  {
    name: 'fields that are null',
    ends: { time: 'partial', page: 'succeeded', cursor: 'succeeded', offset: 'succeeded' },
    says: /form we do not know/,
    strike: (asked) => change(asked, (tree) => ({ id: tree.id, updated: null, name: null })),
    heal: redate,
  },
  {
    name: 'fields of another name',
    ends: 'partial',
    says: /form we do not know/,
    strike: ({ response, right }) => {
      response.end(write({ rows: right.trees }));
      return true;
    },
  },
  {
    name: 'records without an id',
    ends: 'succeeded',
    says: /set aside/,
    strike: (asked) => change(asked, (tree, place) => (place < 2 ? { ...tree, id: null } : tree)),
    heal: redate,
  },
  {
    name: 'two records of one id',
    ends: 'succeeded',
    says: null,
    strike: ({ right }) => {
      right.trees.push({ ...right.trees.at(-1), name: 'a double' });
      return false;
    },
  },
  {
    name: 'a record of 12 MB',
    ends: 'succeeded',
    says: /set aside/,
    strike: () => false,
    plant: ({ trees }) => (trees[14]!.name = 'y'.repeat(12_000_000)),
    heal: ({ trees }) => Object.assign(trees[14]!, { name: 'short again', updated: present() }),
  },
  {
    name: 'ids that a computer rounds',
    ends: 'succeeded',
    says: null,
    strike: () => false,
    plant: ({ trees }) => {
      trees[0]!.id = '9007199254740992';
      trees[1]!.id = '9007199254740993';
    },
  },
  {
    name: 'a date in the future',
    ends: 'succeeded',
    says: null,
    strike: () => false,
    plant: ({ trees }) => (trees[20]!.updated = '2099-01-01T00:00:00.000Z'),
  },
  { name: '401 in the midst', ends: 'partial', says: /Reconnect/, strike: status(401, '{}') },
  { name: '403 for a missing right', ends: 'partial', says: /rights/, strike: status(403, '{}') },
  {
    name: 'a redirect into the private network',
    ends: 'partial',
    says: /private network|port/,
    strike: status(302, '', { location: 'http://127.0.0.1:1/latest/meta-data' }),
  },
  {
    name: 'redirects in a circle',
    ends: 'partial',
    says: /circles/,
    strike: (asked) => status(302, '', { location: asked.url.pathname + asked.url.search })(asked),
  },
  { name: 'a length that is too short', ends: 'partial', says: /unreadable|broke off/, strike: wrongLength },
  {
    name: 'letters in another encoding than it says',
    ends: 'partial',
    says: /letters/,
    strike: ({ response, right }) => {
      const named = right.trees.map((tree) => ({ ...tree, name: 'Äpfel und Öl' }));
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(Buffer.from(write({ ...right, trees: named }), 'latin1'));
      return true;
    },
  },
  {
    name: 'text that no database keeps',
    ends: 'succeeded',
    says: /set aside/,
    strike: (asked) =>
      change(asked, (tree, place) => (place === 3 ? { ...tree, name: 'a\u0000\ud800' } : tree)),
    heal: redate,
  },
  {
    name: 'a list that changes while it is read',
    ends: 'succeeded',
    says: null,
    strike: ({ plot, count, url, right }) => {
      if (count !== 2) return false;
      plot.trees.splice(3, 1);
      plot.trees[5]!.updated = present();
      plot.trees.unshift({ id: '7', updated: present(), name: 'grown meanwhile' });
      Object.assign(right, listTrees(plot, url.searchParams));
      return false;
    },
  },
];

export const NEXT = { later: LATER, person: /Nothing is fetched until/ };

function present(): string {
  return new Date().toISOString();
}

function redate(plot: Plot): void {
  for (const tree of plot.trees) tree.updated = present();
}

function status(code: number, text: string, headers: Record<string, string> = {}) {
  return ({ response }: Asked): boolean => {
    response.writeHead(code, headers).end(text);
    return true;
  };
}

function body(content: string | Buffer, headers: Record<string, string> = {}) {
  return status(200, content as string, { 'content-type': 'application/json', ...headers });
}

function answerWith(asked: Asked, given: TreeAnswer): true {
  send(asked, given);
  return true;
}

function firstPage({ plot }: Asked): TreeAnswer {
  return listTrees(plot, new URLSearchParams());
}

/** Nothing on this page, and the next one begins where this one did. */
function placeBefore({ plot, url }: Asked): string {
  return url.searchParams.get(plot.paging) ?? '1';
}

function change(
  { right }: Asked,
  alter: (tree: Record<string, unknown>, place: number) => Record<string, unknown>,
) {
  right.trees = right.trees.map(alter);
  return false;
}

function drip({ response, right }: Asked): boolean {
  const text = write(right);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  let place = 0;
  const timer = setInterval(() => response.write(text[place++] ?? ''), 50);
  response.on('close', () => clearInterval(timer));
  return true;
}

function cutShort({ response, right }: Asked): boolean {
  const text = write(right);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
  return true;
}

function wrongLength({ response, right }: Asked): boolean {
  const text = write(right);
  response.socket?.end(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length - 20}\r\n\r\n${text}`,
  );
  return true;
}
