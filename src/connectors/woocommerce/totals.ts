import type { Context, VendorTotal } from '../contract.ts';
import { daysBetween, totalsOf } from '../reading/orders.ts';
import { connect } from './client.ts';
import { completeOrder } from './items.ts';
import { map } from './map.ts';
import { PLACED } from './map-order.ts';
import { readChanged } from './orders.ts';
import type { WooSettings } from './settings.ts';

type Ctx = Context<WooSettings>;

/** People and orders as WooCommerce counts them by itself; money, which it does not add up, from its rows. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const client = connect(ctx);
  const people = await client.count('/customers', { role: 'all' });
  const events = await readEvents(ctx, from);
  const rows = totalsOf(events.all, 'orders', from, to).filter(({ figure }) => figure !== 'orders');
  const orders: VendorTotal[] = [];
  for (const day of daysBetween(from, to)) {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const within = { after: `${before(day)}T23:59:59`, before: `${next}T00:00:00`, dates_are_gmt: 'true' };
    // Which cancelled orders had been orders its counts do not say.
    const cancelled = events.cancelled.filter((at) => at.toISOString().startsWith(day)).length;
    const value = (await client.count('/orders', { ...within, status: PLACED.join(',') })) + cancelled;
    orders.push({ stream: 'orders', day, figure: 'orders', value: String(value) });
  }
  return [{ stream: 'customers', day: null, figure: 'people', value: String(people) }, ...orders, ...rows];
}

/** An order that was placed or refunded since then has changed since then. */
async function readEvents(ctx: Ctx, from: Date) {
  const client = connect(ctx);
  const records = new Map<number, ReturnType<typeof map>>();
  const cancelled = new Set<number>();
  for await (const { rows } of readChanged(ctx, client, from)) {
    for (const row of rows) {
      records.set(row.id, map(await completeOrder(client, row)));
      if (row.status === 'cancelled') cancelled.add(row.id);
      else cancelled.delete(row.id);
    }
  }
  const placedAt = [...cancelled].flatMap((id) =>
    (records.get(id) ?? []).flatMap((one) =>
      one.type === 'event' && one.key === 'placed' ? one.occurredAt : [],
    ),
  );
  return { all: [...records.values()].flat(), cancelled: placedAt };
}

function before(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}
