import type { Context, VendorTotal } from '../contract.ts';
import { countPeopleByDay } from '../reading/people-totals.ts';
import type { ClerkSettings } from './settings.ts';
import { countUsers } from './users.ts';

type Ctx = Context<ClerkSettings>;

/** By the day they signed up, and all of them. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const days = await countPeopleByDay('users', { from, to }, (start, end) => countUsers(ctx, start, end));
  const all = String(await countUsers(ctx));
  return [...days, { stream: 'users', figure: 'people', day: null, value: all }];
}
