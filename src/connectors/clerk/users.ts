import { z } from 'zod';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context, Page, Stream } from '../contract.ts';
import { readAnswer, readCursor } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { type UserRow, userItem, userRow } from './rows.ts';
import type { ClerkSettings } from './settings.ts';

type Ctx = Context<ClerkSettings>;

const LIMIT = 100;
const DAY_MS = 24 * 60 * 60_000;
const OVERLAP_MS = 10 * 60_000;

/** `fullAt`: when everybody was last read. `isFull`: such a reading is under way, and `since` is its place. */
const usersCursor = z.object({
  since: z.string().nullable(),
  fullAt: z.string().nullable(),
  isFull: z.boolean(),
});
type UsersCursor = z.infer<typeof usersCursor>;

/**
 * By time of creation: Clerk cannot be asked for what changed. New users come with every run, changes by webhook,
 * and once a day everybody is read.
 */
export const usersStream: Stream<ClerkSettings> = {
  key: 'users',
  title: 'Users',
  listsAll: true,
  cursor: usersCursor,
  pull: pullUsers,
};

/** https://clerk.com/docs/reference/backend-api/tag/Users */
export async function ask<T>(
  ctx: Ctx,
  path: string,
  query: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T> {
  const url = new URL(`${ctx.settings.url}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { authorization: `Bearer ${ctx.settings.secretKey}` };
  return readAnswer(await ctx.http({ url: url.href, headers, classify }), schema, 'Clerk');
}

async function* pullUsers(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const known = readCursor(given, usersCursor);
  if (ctx.window) {
    for await (const { rows } of readFrom(ctx, ctx.window.from, ctx.window.to))
      yield { items: rows.map(userItem), cursor: known };
    return;
  }
  const start = begin(known, ctx.clock());
  let cursor = start;
  const since = start.since ? new Date(Date.parse(start.since) - (start.isFull ? 0 : OVERLAP_MS)) : null;
  const total = start.isFull ? await countUsers(ctx) : undefined;
  for await (const { rows, at } of readFrom(ctx, since, null)) {
    cursor = { ...cursor, since: at?.toISOString() ?? cursor.since };
    yield { items: rows.map(userItem), cursor, total };
  }
  yield {
    items: [],
    cursor: { ...cursor, isFull: false, fullAt: start.isFull ? ctx.clock().toISOString() : start.fullAt },
  };
}

/** Users created in [from, to), oldest first. */
function readFrom(ctx: Ctx, from: Date | null, to: Date | null) {
  return readAscending<UserRow>({
    vendor: 'Clerk',
    from,
    now: ctx.clock(),
    atOf: (row) => new Date(row.created_at),
    idOf: (row) => row.id,
    fetchPage: async (since, page) => {
      const rows = await ask(
        ctx,
        '/users',
        {
          limit: String(LIMIT),
          offset: String(page * LIMIT),
          order_by: '+created_at',
          ...madeIn(since, to),
        },
        z.array(userRow),
      );
      return { rows, isLast: rows.length < LIMIT };
    },
  });
}

/** Those who signed up in [from, to), or all. */
export async function countUsers(ctx: Ctx, from?: Date, to?: Date): Promise<number> {
  const counted = z.object({ total_count: z.number() });
  return (await ask(ctx, '/users/count', madeIn(from, to), counted)).total_count;
}

/** "After" leaves the instant itself out. */
function madeIn(from: Date | null | undefined, to: Date | null | undefined): Record<string, string> {
  return {
    ...(from ? { created_at_after: String(from.getTime() - 1) } : {}),
    ...(to ? { created_at_before: String(to.getTime()) } : {}),
  };
}

function begin(cursor: UsersCursor | null, now: Date): UsersCursor {
  if (cursor?.isFull) return cursor;
  const isDue = !cursor?.fullAt || now.getTime() - Date.parse(cursor.fullAt) >= DAY_MS;
  return isDue ? { since: null, fullAt: cursor?.fullAt ?? null, isFull: true } : cursor;
}

function classify({ status }: { status: number }): Verdict | undefined {
  if (status !== 401) return undefined;
  return {
    outcome: 'reconnect',
    message: 'Clerk does not accept the secret key. Copy it again from Configure, API keys.',
  };
}
