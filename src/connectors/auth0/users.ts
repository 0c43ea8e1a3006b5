import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { ask } from './client.ts';
import { type UserRow, userItem, userRow } from './rows.ts';
import type { Auth0Settings } from './settings.ts';

type Ctx = Context<Auth0Settings>;

const PER_PAGE = 100;
/** A search shows its first thousand rows and no more. */
const MOST_PAGES = 10;
/** The search learns of changes a little later than they happen. */
const OVERLAP_MS = 10 * 60_000;

const usersCursor = z.object({ since: z.string() });
const page = z.object({ users: z.array(userRow), total: z.number() });

/** By time of change, always asked anew from the last one seen, so that no search has to show a thousand. */
export const usersStream: Stream<Auth0Settings> = {
  key: 'users',
  title: 'Users',
  listsAll: true,
  cursor: usersCursor,
  pull: pullUsers,
};

/** https://auth0.com/docs/manage-users/user-search/user-search-query-syntax */
export async function searchUsers(ctx: Ctx, given: { q: string; page: number; perPage: number }) {
  const query = {
    q: given.q,
    search_engine: 'v3',
    sort: 'updated_at:1',
    page: String(given.page),
    per_page: String(given.perPage),
    include_totals: 'true',
  };
  return (await ask(ctx, '/users', query, page)) ?? { users: [], total: 0 };
}

async function* pullUsers(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const known = readCursor(given, usersCursor);
  const field = ctx.window ? 'created_at' : 'updated_at';
  const span = ctx.window
    ? ` AND created_at:[${ctx.window.from.toISOString()} TO ${ctx.window.to.toISOString()}}`
    : '';
  const from = known && !ctx.window ? new Date(Date.parse(known.since) - OVERLAP_MS) : null;
  const pages = readAscending<UserRow>({
    vendor: 'Auth0',
    from,
    now: ctx.clock(),
    atOf: (row) => toMoment(row.updated_at) ?? new Date(0),
    idOf: (row) => row.user_id,
    fetchPage: async (since, at) => {
      if (at >= MOST_PAGES) throw tooMany();
      const q = `updated_at:[${since ? since.toISOString() : '*'} TO *]${span}`;
      const { users, total } = await searchUsers(ctx, { q, page: at, perPage: PER_PAGE });
      return { rows: users, isLast: users.length < PER_PAGE, total };
    },
  });
  for await (const { rows, at, total } of pages) {
    const cursor = field === 'created_at' || !at ? known : { since: at.toISOString() };
    yield { items: rows.map(userItem), cursor, total };
  }
}

function tooMany(): ConnectorError {
  return new ConnectorError(
    'More than a thousand users were changed in the same instant, and Auth0 shows no more of them. Import them from a file.',
    { retryable: false },
  );
}
