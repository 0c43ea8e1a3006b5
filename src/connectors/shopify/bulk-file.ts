import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context, Item } from '../contract.ts';
import type { BulkCursor, BulkPage } from './bulk.ts';
import { type Kind, LINES } from './documents.ts';
import { toItem } from './items.ts';
import { type Row, row } from './rows.ts';
import type { ShopifySettings } from './settings.ts';

const ROWS = 500;
const child = z.looseObject({ __parentId: z.string() });

type File = { url: string; objectCount: number; bulk: BulkCursor };
type Open = { row: Row; children: Record<string, unknown>[] };

/**
 * Lines of JSON: a row, then what belongs to it. A page ends before a row whose lines have all come. The lines read
 * are counted against what Shopify says it wrote: a file that ends early looks like any other.
 */
export async function* readBulkFile(
  ctx: Context<ShopifySettings>,
  kind: Kind,
  { url, objectCount, bulk }: File,
): AsyncGenerator<BulkPage> {
  let items: Item[] = [];
  let open: Open | null = null;
  let { rows } = bulk;
  let lines = 0;
  for await (const line of ctx.http.lines({ url })) {
    lines++;
    if (lines <= bulk.lines) continue;
    const parsed = parse(line);
    const belonging = child.safeParse(parsed);
    if (belonging.success) {
      addTo(open, belonging.data);
      continue;
    }
    if (open) items.push(close(kind, open));
    open = { row: readRow(parsed), children: [] };
    if (items.length >= ROWS) {
      rows += items.length;
      yield { items, bulk: { ...bulk, lines: lines - 1, rows } };
      items = [];
    }
  }
  if (open) items.push(close(kind, open));
  refuseShort(lines, objectCount);
  yield { items, bulk: { ...bulk, lines, rows: rows + items.length } };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw broken('It holds a line that is no JSON.', cause);
  }
}

function readRow(parsed: unknown): Row {
  const read = row.safeParse(parsed);
  if (!read.success) throw broken('It holds a row without an id or time.', read.error);
  return read.data;
}

function addTo(open: Open | null, { __parentId, ...rest }: z.infer<typeof child>): void {
  if (open?.row.id !== __parentId) throw broken('It holds a line whose row is another one.');
  if (open.children.length < LINES) open.children.push(rest);
}

function close(kind: Kind, { row: given, children }: Open): Item {
  return toItem(kind, kind.one === 'order' ? { ...given, lineItems: { nodes: children } } : given);
}

function refuseShort(lines: number, objectCount: number): void {
  if (lines !== objectCount) throw broken(`It has ${lines} lines, and Shopify says ${objectCount}.`);
}

function broken(message: string, cause?: unknown): ConnectorError {
  return new ConnectorError(message, { retryable: false, cause });
}
