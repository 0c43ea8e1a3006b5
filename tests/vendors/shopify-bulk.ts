import type { ServerResponse } from 'node:http';
import { startHttpServer } from '../setup/http-server.ts';
import { answer, faultsOf } from './shopify-graphql.ts';
import { rootOf } from './shopify-root.ts';
import type { ShopifyRow, ShopifyShop } from './shopify-rows.ts';

type Operation = {
  id: string;
  query: string;
  createdAt: string;
  /** How often it still says that it is at work, of how often in all: by that share its file is written. */
  polls: number;
  allPolls: number;
  stream: 'orders' | 'customers';
};

/** After so many lines: cut off, ended as if all was well, or silent until something else has happened. */
type Fault = { lines: number; how: 'cut' | 'short' } | { lines: number; how: 'held'; until: Promise<void> };

/** Bulk operations, and the other host their files lie on. */
export type ShopifyBulk = {
  operations: Operation[];
  /** How often it says that it is at work. */
  polls: number;
  /** How the operations end instead, one each. */
  ends: ({ status: string; errorCode: string | null } | undefined)[];
  /** What goes wrong with the coming downloads, one each. */
  downloads: Fault[];
  downloaded: number;
  violations: string[];
  host: string;
  close: () => Promise<void>;
};

export async function startBulkFiles(shop: () => ShopifyShop): Promise<ShopifyBulk> {
  const server = await startHttpServer((request, response) => {
    bulk.downloaded++;
    const found = bulk.operations.find(
      ({ id }) => request.url === `/${id.split('/').at(-1)}.jsonl?signature=x`,
    );
    if (!found) response.writeHead(403).end('<Error/>');
    else void sendFile(shop()[found.stream], bulk.downloads.shift(), response);
  });
  const bulk: ShopifyBulk = {
    operations: [],
    polls: 1,
    ends: [],
    downloads: [],
    downloaded: 0,
    violations: [],
    host: server.host,
    close: server.close,
  };
  return bulk;
}

export function makeBulk(shop: ShopifyShop, bulk: ShopifyBulk) {
  return {
    bulkOperationRunQuery: ({ query }: { query: string }) => run(shop, bulk, query),
    bulkOperation: ({ id }: { id: string }) =>
      status(
        shop,
        bulk,
        bulk.operations.find((one) => one.id === id),
      ),
    bulkOperations: () => ({
      nodes: bulk.operations
        .filter(({ polls }) => polls > 0)
        .map((one) => ({ ...one, status: 'RUNNING', ...countsOf(0, 0) })),
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    }),
  };
}

function run(shop: ShopifyShop, bulk: ShopifyBulk, query: string) {
  bulk.violations.push(...faultsOf(query), ...missingFields(shop, bulk, query));
  if (bulk.operations.some(({ polls }) => polls > 0)) {
    const message = 'A bulk query operation for this app and shop is already in progress.';
    return { bulkOperation: null, userErrors: [{ code: 'OPERATION_IN_PROGRESS', field: null, message }] };
  }
  const id = `gid://shopify/BulkOperation/${bulk.operations.length + 1}`;
  const stream = /^\{\s*orders/.test(query) ? 'orders' : 'customers';
  const created: Operation = {
    id,
    query,
    createdAt: shop.now,
    polls: bulk.polls,
    allPolls: bulk.polls,
    stream,
  };
  bulk.operations.push(created);
  return { bulkOperation: { ...created, status: 'CREATED', ...countsOf(0, 0), url: null }, userErrors: [] };
}

/** The files hold rows as they stand: they must be what the question asks for. */
function missingFields(shop: ShopifyShop, bulk: ShopifyBulk, query: string): string[] {
  const { errors = [] } = answer(
    query,
    {},
    rootOf({ ...shop, orders: firstOf(shop.orders), customers: firstOf(shop.customers) }, bulk),
  );
  return errors.map(({ message }) => message);
}

function firstOf(rows: ShopifyShop['orders']): ShopifyShop['orders'] {
  return { size: Math.min(1, rows.size), at: (index) => rows.at(index) };
}

function status(shop: ShopifyShop, bulk: ShopifyBulk, operation: Operation | undefined) {
  if (!operation) return null;
  const share = operation.allPolls > 0 ? 1 - (operation.polls - 1) / operation.allPolls : 1;
  const written = Math.floor(shop[operation.stream].size * Math.min(1, share));
  const about = { ...operation, errorCode: null, url: null, ...countsOf(written, written) };
  if (operation.polls > 0) {
    operation.polls--;
    return { ...about, status: 'RUNNING' };
  }
  const end = bulk.ends.shift();
  if (end) return { ...about, ...end };
  const rows = shop[operation.stream];
  let objects = 0;
  for (let index = 0; index < rows.size; index++) objects += 1 + linesOf(rows.at(index)).length;
  const url =
    objects === 0 ? null : `http://${bulk.host}/${operation.id.split('/').at(-1)}.jsonl?signature=x`;
  return { ...about, status: 'COMPLETED', ...countsOf(objects, rows.size), url };
}

function countsOf(objects: number, rows: number) {
  return { objectCount: String(objects), rootObjectCount: String(rows) };
}

function linesOf(row: ShopifyRow): object[] {
  return Array.isArray(row.lineItems) ? row.lineItems : [];
}

async function sendFile(
  rows: ShopifyShop['orders'],
  fault: Fault | undefined,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/jsonl' });
  let sent = 0;
  for (let index = 0; index < rows.size && !response.destroyed; index++) {
    const { lineItems: _lines, ...row } = rows.at(index);
    const children = linesOf(rows.at(index)).map((line) => ({ ...line, __parentId: row.id }));
    for (const object of [row, ...children]) {
      if (sent === fault?.lines) {
        if (fault.how !== 'held') return void (fault.how === 'cut' ? response.destroy() : response.end());
        await fault.until;
      }
      if (!response.write(`${JSON.stringify(object)}\n`)) await drained(response);
      sent++;
    }
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.once('drain', go).once('close', go);
  });
}
