import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context, Page } from '../contract.ts';
import { readBulkFile } from './bulk-file.ts';
import { ask } from './client.ts';
import { bulkDocument, type Kind } from './documents.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

/** A bulk operation at work: how many lines and rows of its file are stored, so that a crash goes on from there. */
export const bulkCursor = z.object({
  id: z.string(),
  startedAt: z.string(),
  lines: z.number(),
  rows: z.number().default(0),
});
export type BulkCursor = z.infer<typeof bulkCursor>;
export type BulkPage = Omit<Page, 'cursor'> & { bulk: BulkCursor | null };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
const BUSY_MS = 5 * 60_000;

const operation = z.object({ id: z.string(), status: z.string(), createdAt: z.string() });
const finished = z.object({
  operation: operation
    .extend({
      errorCode: z.string().nullish(),
      objectCount: z.coerce.number(),
      rootObjectCount: z.coerce.number(),
      url: z.string().nullish(),
    })
    .nullable(),
});
type Operation = NonNullable<z.infer<typeof finished>['operation']>;

/**
 * Everything there is, in one file that Shopify writes by itself: a first load costs no points of the budget and
 * takes minutes where pages take hours. https://shopify.dev/docs/api/usage/bulk-operations/queries
 * `bulk` is null on the page after which there is nothing to go on with.
 */
export async function* pullBulk(
  ctx: Ctx,
  kind: Kind,
  { start, count }: { start: BulkCursor | null; count: number },
): AsyncGenerator<BulkPage, BulkCursor> {
  const bulk = start ?? (await startBulk(ctx, kind));
  // Kept before it is asked about: a run that breaks off here goes on with the same file.
  const asked = `Shopify is asked for a file of all ${kind.stream}.`;
  yield { items: [], bulk, waiting: asked, isCertain: true };
  try {
    const { url, objectCount } = yield* awaitEnd(ctx, bulk, describeWriting(kind, count));
    const waiting = `Shopify has written the file of all ${kind.stream}; it is being fetched.`;
    yield { items: [], bulk, waiting, isCertain: true };
    if (url) yield* readBulkFile(ctx, kind, { url, objectCount, bulk });
    return bulk;
  } catch (error) {
    if (error instanceof ConnectorError && (error.retryable || error.needsReconnect)) throw error;
    // What cannot be read now can never be: the next run begins with a file of its own.
    yield { items: [], bulk: null, isCertain: true };
    throw new ConnectorError(
      'Shopify’s file of the first load could not be read to its end. It is made anew',
      {
        retryable: true,
        cause: error,
      },
    );
  }
}

const START = `mutation ($query: String!) {
  started: bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status createdAt }
    userErrors { code message }
  }
}`;
const started = z.object({
  started: z.object({
    bulkOperation: operation.nullable(),
    userErrors: z.array(z.object({ code: z.string().nullish(), message: z.string() })),
  }),
});

async function startBulk(ctx: Ctx, kind: Kind): Promise<BulkCursor> {
  const query = bulkDocument(kind);
  const given = { document: START, variables: { query }, isWrite: true };
  const { bulkOperation, userErrors } = (await ask(ctx, given, started)).started;
  const found = bulkOperation ?? (await findRunning(ctx, query));
  if (found) return { id: found.id, startedAt: found.createdAt, lines: 0, rows: 0 };
  const isBusy = userErrors.some(({ code }) => code === 'OPERATION_IN_PROGRESS' || code === 'LIMIT_REACHED');
  const said = userErrors.map(({ message }) => message).join(' ');
  throw isBusy
    ? new ConnectorError('Shopify is busy with another bulk operation of this app.', {
        retryable: true,
        retryAfterMs: BUSY_MS,
      })
    : new ConnectorError(`Shopify did not begin the first load: ${said}`, { retryable: false });
}

const RUNNING = `{ operations: bulkOperations(first: 10, query: "status:running") {
  nodes { id status createdAt query }
} }`;
const running = z.object({
  operations: z.object({ nodes: z.array(operation.extend({ query: z.string() })) }),
});

/** The same question that is being worked on already: ours, of a run that ended before it could note it. */
async function findRunning(ctx: Ctx, query: string) {
  const { nodes } = (await ask(ctx, { document: RUNNING }, running)).operations;
  return nodes.find((one) => one.query === query && ['CREATED', 'RUNNING'].includes(one.status));
}

const STATUS = `query ($id: ID!) {
  operation: bulkOperation(id: $id) { id status createdAt errorCode objectCount rootObjectCount url }
}`;

/** Each look is a page without rows: the run would pass for dead without, and whoever waits sees how far it is. */
async function* awaitEnd(
  ctx: Ctx,
  bulk: BulkCursor,
  describe: (done: number) => string,
): AsyncGenerator<BulkPage, Operation> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const { operation: found } = await ask(ctx, { document: STATUS, variables: { id: bulk.id } }, finished);
    if (found?.status === 'COMPLETED') return found;
    if (!found || !['CREATED', 'RUNNING'].includes(found.status)) throw endedBadly(found);
    yield { items: [], bulk, waiting: describe(found.rootObjectCount), isCertain: true };
    await sleep(pauseMs);
  }
}

/** How far Shopify is, and how long it still writes at the pace since the first look. */
function describeWriting(kind: Kind, count: number): (done: number) => string {
  let first: { done: number; at: number } | null = null;
  return (done) => {
    const at = performance.now();
    first ??= { done, at };
    const leftMs = ((at - first.at) / (done - first.done)) * (count - done);
    const left =
      leftMs > 0 && Number.isFinite(leftMs) ? `, about ${Math.ceil(leftMs / 60_000)} min to go` : '';
    const [some, all] = [done, count].map((one) => one.toLocaleString('en'));
    return `Shopify is writing a file of all ${kind.stream}: ${some} of ${all} are in it${left}.`;
  };
}

function endedBadly(found: Operation | null): ConnectorError {
  if (found?.errorCode === 'ACCESS_DENIED') {
    const message = 'Shopify does not let the app read everything. Give it the scopes named in the form.';
    return new ConnectorError(message, { retryable: false, needsReconnect: true });
  }
  return new ConnectorError(`The bulk operation ended as ${found?.status ?? 'unknown'}.`, {
    retryable: false,
  });
}
