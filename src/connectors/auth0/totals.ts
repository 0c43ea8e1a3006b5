import type { Context, VendorTotal } from '../contract.ts';
import { countPeopleByDay } from '../reading/people-totals.ts';
import type { Auth0Settings } from './settings.ts';
import { searchUsers } from './users.ts';

type Ctx = Context<Auth0Settings>;

/** Auth0 says with each search how many it finds: by the day they signed up, and all of them. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const days = await countPeopleByDay('users', { from, to }, (start, end) =>
    countUsers(ctx, `created_at:[${start.toISOString()} TO ${end.toISOString()}}`),
  );
  const all = String(await countUsers(ctx));
  return [...days, { stream: 'users', figure: 'people', day: null, value: all }];
}

export async function countUsers(ctx: Ctx, q = 'updated_at:[* TO *]'): Promise<number> {
  return (await searchUsers(ctx, { q, page: 0, perPage: 1 })).total;
}
