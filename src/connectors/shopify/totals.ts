import { z } from 'zod';
import type { Context, VendorTotal } from '../contract.ts';
import { daysBetween, totalsOf } from '../reading/orders.ts';
import { ask } from './client.ts';
import { ORDER_SUMS } from './documents.ts';
import { toItem } from './items.ts';
import { map } from './map.ts';
import { readChanged } from './pages.ts';
import type { ShopifySettings } from './settings.ts';

type Ctx = Context<ShopifySettings>;

/** Counts of a question; Shopify counts a month of days at once. */
const DAYS = 31;

/** People and orders as Shopify counts them by itself; money, which it does not add up, from its rows. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const days = daysBetween(from, to);
  const counted: VendorTotal[] = [];
  for (let start = 0; start < days.length; start += DAYS)
    counted.push(...(await countDays(ctx, days.slice(start, start + DAYS))));
  const money = (await readMoney(ctx, from, to)).filter(({ figure }) => figure !== 'orders');
  return [...counted, ...money];
}

async function countDays(ctx: Ctx, days: string[]): Promise<VendorTotal[]> {
  const counts = z.record(z.string(), z.object({ count: z.number() }));
  const found = await ask(ctx, { document: `{ ${days.map(countsOf).join('\n')} }` }, counts);
  const value = (name: string) => String(found[name]?.count ?? 0);
  return days.flatMap((day, index) => [
    { stream: 'customers', day, figure: 'people' as const, value: value(`people${index}`) },
    { stream: 'orders', day, figure: 'orders' as const, value: value(`orders${index}`) },
  ]);
}

function countsOf(day: string, index: number): string {
  const next = new Date(Date.parse(day) + 86_400_000).toISOString();
  const within = (field: string) => `${field}:>='${day}T00:00:00Z' ${field}:<'${next.replace('.000Z', 'Z')}'`;
  return `people${index}: customersCount(limit: null, query: "${within('created_at')}") { count }
    orders${index}: ordersCount(limit: null, query: "${within('processed_at')} test:false") { count }`;
}

/** An order that was placed or refunded since then has changed since then. */
async function readMoney(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const records = new Map<string, ReturnType<typeof map>>();
  for await (const { rows } of readChanged(ctx, ORDER_SUMS, from))
    for (const one of rows) records.set(one.id, map(toItem(ORDER_SUMS, one)));
  return totalsOf([...records.values()].flat(), 'orders', from, to);
}
