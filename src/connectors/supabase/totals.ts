import type { Context, VendorTotal } from '../contract.ts';
import { dayOf } from '../reading/orders.ts';
import type { SupabaseSettings } from './settings.ts';
import { listMade } from './users.ts';

type Ctx = Context<SupabaseSettings>;

/**
 * Supabase's own count has those in it who signed in without a name, whom we do not keep: so what it lists is counted,
 * by the day they signed up.
 */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const counts = new Map<string, number>();
  for await (const users of listMade(ctx, from, to)) {
    for (const { created_at, is_anonymous } of users) {
      if (is_anonymous === true) continue;
      const day = dayOf(new Date(created_at));
      counts.set(day, (counts.get(day) ?? 0) + 1);
    }
  }
  return [...counts].map(([day, count]) => ({
    stream: 'users',
    figure: 'people',
    day,
    value: String(count),
  }));
}
