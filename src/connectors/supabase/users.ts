import { z } from 'zod';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context, Page, Stream } from '../contract.ts';
import { readAnswer, readCursor, toMoment } from '../reading/answers.ts';
import { type UserRow, userItem, userRow } from './rows.ts';
import type { SupabaseSettings } from './settings.ts';

type Ctx = Context<SupabaseSettings>;

const PER_PAGE = 200;
const DAY_MS = 24 * 60 * 60_000;
const OVERLAP_MS = 10 * 60_000;

/** `newest`: created last of those known. `page`: where a reading of everybody has come to; 0 is none. */
const usersCursor = z.object({
  newest: z.string().nullable(),
  fullAt: z.string().nullable(),
  page: z.number().int().nonnegative(),
});
type UsersCursor = z.infer<typeof usersCursor>;

/**
 * Newest first, with no way to ask for what changed: each run reads until it meets users it knows, once a day
 * everybody. Changes come by webhook.
 */
export const usersStream: Stream<SupabaseSettings> = {
  key: 'users',
  title: 'Users',
  listsAll: true,
  cursor: usersCursor,
  pull: pullUsers,
};

async function* pullUsers(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const known = readCursor(given, usersCursor);
  const isFull = ctx.window !== undefined || isFullDue(known, ctx.clock());
  const first = isFull && !ctx.window ? Math.max(1, known?.page ?? 1) : 1;
  const until = isFull ? null : new Date(Date.parse(known?.newest ?? '') - OVERLAP_MS);
  let newest = known?.newest ?? null;
  for (let page = first; ; page++) {
    const { users, total } = await listUsers(ctx, page, PER_PAGE);
    newest = latest(newest, users, ctx.clock());
    const isLast = users.length < PER_PAGE || (until !== null && users.some((row) => createdAt(row) < until));
    const end = { newest, fullAt: isFull ? ctx.clock().toISOString() : (known?.fullAt ?? null), page: 0 };
    const cursor: UsersCursor = isLast
      ? end
      : { newest: known?.newest ?? null, fullAt: known?.fullAt ?? null, page: isFull ? page + 1 : 0 };
    const items = users.filter((row) => isWanted(ctx, row)).map(userItem);
    yield { items, cursor: ctx.window ? known : cursor, total };
    if (isLast) return;
  }
}

/** Who signed up in [from, to). The list is newest first, so it is left when it gets older than that. */
export async function* listMade(ctx: Ctx, from: Date, to: Date): AsyncIterable<UserRow[]> {
  const seen = new Set<string>();
  for (let page = 1; ; page++) {
    const { users } = await listUsers(ctx, page, PER_PAGE);
    // Somebody who signs up meanwhile shifts all others by one.
    const fresh = users.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    yield fresh.filter((row) => createdAt(row) >= from && createdAt(row) < to);
    if (users.length < PER_PAGE || users.some((row) => createdAt(row) < from)) return;
  }
}

/** https://supabase.com/docs/reference/api : the list of the auth server; the count is in a header. */
export async function listUsers(
  ctx: Ctx,
  page: number,
  perPage: number,
): Promise<{ users: UserRow[]; total: number | undefined }> {
  const { url, serviceKey } = ctx.settings;
  const answer = await ctx.http({
    url: `${url}/auth/v1/admin/users?page=${page}&per_page=${perPage}`,
    headers: { apikey: serviceKey, authorization: `Bearer ${serviceKey}` },
    classify,
  });
  const { users } = readAnswer(answer, z.object({ users: z.array(userRow) }), 'Supabase');
  const total = Number(answer.headers['x-total-count']);
  return { users, total: Number.isFinite(total) && answer.headers['x-total-count'] ? total : undefined };
}

function isFullDue(cursor: UsersCursor | null, now: Date): boolean {
  if (!cursor?.fullAt || cursor.page > 0) return true;
  return now.getTime() - Date.parse(cursor.fullAt) >= DAY_MS;
}

function isWanted({ window }: Ctx, row: UserRow): boolean {
  const at = createdAt(row);
  return !window || (at >= window.from && at < window.to);
}

/** A row dated in the future does not move the cursor past the present. */
function latest(newest: string | null, users: UserRow[], now: Date): string | null {
  const times = users.map((row) => Math.min(createdAt(row).getTime(), now.getTime()));
  const best = Math.max(newest ? Date.parse(newest) : 0, ...times);
  return best > 0 ? new Date(best).toISOString() : null;
}

function createdAt(row: UserRow): Date {
  return toMoment(row.created_at) ?? new Date(0);
}

function classify({ status }: HttpAnswer): Verdict | undefined {
  if (status !== 401 && status !== 403) return undefined;
  const message =
    'Supabase does not let this key list users. It must be a secret key or the service_role key of this very project.';
  return { outcome: 'reconnect', message };
}
