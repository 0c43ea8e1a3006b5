import type { Context, MappedRecord, VendorTotal } from '../contract.ts';
import { dayOf, totalsOf } from '../reading/orders.ts';
import { listedItem } from './items.ts';
import { KINDS, type Kind } from './kinds.ts';
import { map } from './map.ts';
import type { Row } from './rows.ts';
import type { StripeSettings } from './settings.ts';
import { listMade } from './streams.ts';

type Ctx = Context<StripeSettings>;

/** Stripe gives no counts, so what it lists is counted: by the day each thing was made. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const people = new Map<string, number>();
  for (const { created = 0 } of await readMade(ctx, 'customers', from, to)) {
    const day = dayOf(new Date(created * 1000));
    people.set(day, (people.get(day) ?? 0) + 1);
  }
  const records: MappedRecord[] = [];
  for (const stream of ['charges', 'refunds'])
    for (const one of await readMade(ctx, stream, from, to))
      records.push(...map(listedItem(kindOf(stream), one, 0)));
  return [
    ...[...people]
      .sort()
      .map(([day, count]) => ({ stream: 'customers', day, figure: 'people' as const, value: String(count) })),
    ...totalsOf(records, 'charges', from, to),
  ];
}

async function readMade(ctx: Ctx, stream: string, from: Date, to: Date): Promise<Row[]> {
  const made = new Map<string, Row>();
  for await (const { rows } of listMade(ctx, kindOf(stream), from, to))
    for (const one of rows) made.set(one.id, one);
  return [...made.values()];
}

function kindOf(stream: string): Kind {
  return KINDS.find((kind) => kind.stream === stream)!;
}
