import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { type Client, connect } from './client.ts';
import { gmt, userRow } from './rows.ts';
import type { WordPressSettings } from './settings.ts';

type User = z.infer<typeof userRow>;

const DAY_MS = 24 * 60 * 60_000;
const FIELDS = 'id,username,name,first_name,last_name,email,roles,registered_date,locale,url';

/** `page` is the page a full scan has come to; null when none is under way. */
const userCursor = z.object({
  scannedAt: z.string().nullable(),
  page: z.number().nullable(),
  newest: z.string().nullable(),
});
type UserCursor = z.infer<typeof userCursor>;

/**
 * WordPress cannot say which users changed: `modified_after` is silently ignored and everybody comes back. So
 * everybody is read once a day, and in between only who registered since.
 */
export const usersStream: Stream<WordPressSettings> = {
  key: 'users',
  title: 'Users',
  listsAll: true,
  cursor: userCursor,
  pull: pullUsers,
};

async function* pullUsers(ctx: Context<WordPressSettings>, given: unknown): AsyncIterable<Page> {
  const client = await connect(ctx);
  const cursor = readCursor(given, userCursor) ?? { scannedAt: null, page: null, newest: null };
  const isDue = !cursor.scannedAt || ctx.clock().getTime() - Date.parse(cursor.scannedAt) >= DAY_MS;
  if (isDue || cursor.page) yield* scanUsers(client, cursor, ctx.clock());
  else yield* pullNewUsers(client, cursor);
}

async function* scanUsers(client: Client, start: UserCursor, now: Date): AsyncIterable<Page> {
  let newest = start.newest;
  for (let page = start.page ?? 1; ; page++) {
    const query = { context: 'edit', orderby: 'id', order: 'asc', _fields: FIELDS, page: String(page) };
    const { rows, pages, total } = await client.list('/users', query, userRow);
    newest = newestOf(newest, rows);
    const isLast = page >= pages;
    const cursor: UserCursor = isLast
      ? { scannedAt: now.toISOString(), page: null, newest }
      : { scannedAt: start.scannedAt, page: page + 1, newest };
    yield { items: rows.map(toItem), cursor, total };
    if (isLast) return;
  }
}

/** Newest first until one that is known; the cursor moves when all between were read. */
async function* pullNewUsers(client: Client, start: UserCursor): AsyncIterable<Page> {
  let newest = start.newest;
  for (let page = 1; ; page++) {
    const query = {
      context: 'edit',
      orderby: 'registered_date',
      order: 'desc',
      _fields: FIELDS,
      page: String(page),
    };
    const { rows, pages } = await client.list('/users', query, userRow);
    const fresh = rows.filter((row) => !start.newest || row.registered_date > start.newest);
    newest = newestOf(newest, fresh);
    const isLast = fresh.length < rows.length || page >= pages;
    yield { items: fresh.map(toItem), cursor: isLast ? { ...start, newest } : start };
    if (isLast) return;
  }
}

function newestOf(newest: string | null, rows: User[]): string | null {
  return rows.reduce(
    (latest: string | null, { registered_date: at }) => (!latest || gmt(at) > gmt(latest) ? at : latest),
    newest,
  );
}

/** A user carries no time of the last change: what it says is its version. */
function toItem(row: User): Item {
  return { stream: 'users', externalId: String(row.id), payload: row };
}
