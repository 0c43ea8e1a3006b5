import type { Context, Item } from '../contract.ts';
import { find, list, type Query } from './client.ts';
import { changedItem, deletedItem, planChangeItems } from './items.ts';
import type { Kind } from './kinds.ts';
import { type Event, event, row } from './rows.ts';
import type { StripeSettings } from './settings.ts';

type Ctx = Context<StripeSettings>;

/** Events appear some seconds out of order. */
const OVERLAP_S = 600;
const DAY_S = 86_400;
/** Asked for side by side: far below the hundred a second that Stripe allows. */
const AT_ONCE = 10;

/**
 * What changed since, a day at a time and each thing once. An event holds its thing as it was, in the shape of
 * whatever version the account has; so the thing is asked for, in ours and as it is.
 */
export async function* pullEvents(
  ctx: Ctx,
  kind: Kind,
  since: number,
): AsyncGenerator<{ items: Item[]; reached: number }> {
  for (let from = since - OVERLAP_S; ; from += DAY_S) {
    const seen = new Set<string>();
    let now = 0;
    for await (const { told, at } of listEvents(ctx, kind, from, from + DAY_S)) {
      now = at;
      const fresh = told.filter(({ data }) => !seen.has(data.object.id));
      const newest = [...new Map(fresh.toReversed().map((one) => [one.data.object.id, one])).values()];
      for (const { data } of newest) seen.add(data.object.id);
      const items = [...(await fetchAll(ctx, kind, newest)), ...told.flatMap(planChangeItems)];
      if (items.length > 0) yield { items, reached: since };
    }
    // Where Stripe's present is inside this day, everything until then was read.
    yield { items: [], reached: Math.min(now, from + DAY_S) };
    if (from + DAY_S > now) return;
  }
}

/** The thing an event speaks of as it stands now; what is gone by now is said to be gone. */
export async function fetchChanged(ctx: Ctx, kind: Kind, id: string, toldAt: number): Promise<Item> {
  const found = await find(ctx, `${kind.path}/${id}`, kind.single, row);
  return found && !found.deleted ? changedItem(kind, found, toldAt) : deletedItem(kind, id, toldAt);
}

async function fetchAll(ctx: Ctx, kind: Kind, told: Event[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < told.length; start += AT_ONCE) {
    const some = told.slice(start, start + AT_ONCE);
    items.push(
      ...(await Promise.all(some.map((one) => fetchChanged(ctx, kind, one.data.object.id, one.created)))),
    );
  }
  return items;
}

async function* listEvents(ctx: Ctx, kind: Kind, from: number, to: number) {
  const types = kind.types.map((type): [string, string] => ['types[]', type]);
  const query: Query = [['created[gte]', String(from)], ['created[lt]', String(to)], ...types];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof list<Event>>> = await list(
      ctx,
      { path: '/events', query, after },
      event,
    );
    if (!page) return;
    yield { told: page.rows.filter(({ data }) => data.object.object === kind.object), at: page.at };
    after = page.hasMore ? (page.rows.at(-1)?.id ?? null) : null;
  } while (after);
}
