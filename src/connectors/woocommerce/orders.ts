import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { type Client, connect } from './client.ts';
import { completeOrder } from './items.ts';
import { changedAt, type OrderRow, orderRow } from './rows.ts';
import type { WooSettings } from './settings.ts';

type Ctx = Context<WooSettings>;

const OVERLAP_MS = 10 * 60_000;
const since = z.object({ since: z.string() });

export const ordersStream: Stream<WooSettings> = { key: 'orders', title: 'Orders', cursor: since, pull };

async function* pull(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const client = connect(ctx);
  const known = readCursor(given, since)?.since ?? null;
  const from = known ? new Date(Date.parse(known) - OVERLAP_MS) : null;
  for await (const { rows, at, total } of readChanged(ctx, client, ctx.window?.from ?? from)) {
    const items = await Promise.all(rows.map((row) => completeOrder(client, row)));
    const reached = at && known && Date.parse(known) > at.getTime() ? known : at?.toISOString();
    yield { items, cursor: ctx.window || !reached ? given : { since: reached }, total };
  }
}

/**
 * Orders that changed at or after `from`, oldest first; what was made or refunded since then is among them.
 * `after` would mean the day of making, and miss every change.
 */
export function readChanged(ctx: Ctx, client: Client, from: Date | null) {
  return readAscending<OrderRow>({
    vendor: 'WooCommerce',
    from,
    now: ctx.clock(),
    atOf: changedAt,
    idOf: (row) => String(row.id),
    fetchPage: async (from, page) => {
      const after: Record<string, string> = from ? { modified_after: justBefore(from) } : {};
      const query = { orderby: 'modified', order: 'asc', status: 'any', dates_are_gmt: 'true', ...after };
      const { rows, pages, total } = await client.list(
        '/orders',
        { ...query, page: String(page + 1) },
        orderRow,
      );
      return { rows, isLast: page + 1 >= pages, total };
    },
  });
}

/** `modified_after` leaves out the moment itself, and counts seconds. */
function justBefore(at: Date): string {
  return new Date(at.getTime() - 1000).toISOString().slice(0, 19);
}
