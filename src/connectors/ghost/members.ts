import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { type AscendingPage, readAscending } from '../reading/ascending.ts';
import { ask, filterMoment, LIMIT } from './client.ts';
import { type MemberRow, memberRow, meta } from './rows.ts';
import type { GhostSettings } from './settings.ts';

type Ctx = Context<GhostSettings>;

const DAY_MS = 24 * 60 * 60_000;
const OVERLAP_MS = 10 * 60_000;
const answer = z.object({ members: z.array(memberRow), meta });

/** `fullAt`: when everybody was last read. `isFull`: such a reading is under way, and `since` is its place. */
const memberCursor = z.object({
  since: z.string().nullable(),
  fullAt: z.string().nullable(),
  isFull: z.boolean(),
});
type MemberCursor = z.infer<typeof memberCursor>;

/**
 * By `updated_at`, which names, addresses and status move. Labels and newsletters do not move it (tried on Ghost
 * 6.65), so once a day everybody is read.
 */
export const membersStream: Stream<GhostSettings> = {
  key: 'members',
  title: 'Members',
  listsAll: true,
  cursor: memberCursor,
  pull: (ctx, cursor) => (ctx.window ? pullCreated(ctx, ctx.window, cursor) : pullMembers(ctx, cursor)),
};

/** What we keep of a member. `unsubscribe_url` carries a key that signs the person out; it is not ours to store. */
export function memberItem({ unsubscribe_url: _dropped, ...row }: MemberRow): Item {
  return { stream: 'members', externalId: row.id, payload: row };
}

async function* pullMembers(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const start = begin(readCursor(given, memberCursor), ctx.clock());
  let cursor = start;
  const pages = readAscending<MemberRow>({
    vendor: 'Ghost',
    from:
      start.since && !start.isFull
        ? new Date(Date.parse(start.since) - OVERLAP_MS)
        : toMoment(start.since ?? ''),
    now: ctx.clock(),
    atOf: (row) => toMoment(row.updated_at) ?? new Date(0),
    idOf: (row) => row.id,
    fetchPage: (from, page) => fetchMembers(ctx, from, page),
  });
  for await (const { rows, at, total } of pages) {
    cursor = { ...cursor, since: at?.toISOString() ?? cursor.since };
    yield { items: rows.map(memberItem), cursor, total };
  }
  yield {
    items: [],
    cursor: { ...cursor, isFull: false, fullAt: start.isFull ? ctx.clock().toISOString() : start.fullAt },
  };
}

/** A slice to be read again leaves the cursor where it was. */
async function* pullCreated(
  ctx: Ctx,
  window: { from: Date; to: Date },
  cursor: unknown,
): AsyncIterable<Page> {
  const pages = readAscending<MemberRow>({
    vendor: 'Ghost',
    from: window.from,
    now: ctx.clock(),
    atOf: (row) => toMoment(row.created_at ?? '') ?? new Date(0),
    idOf: (row) => row.id,
    fetchPage: async (from, page) => {
      const filter = createdBetween(from ?? window.from, window.to);
      return await askMembers(ctx, { order: 'created_at asc', filter }, page);
    },
  });
  for await (const { rows, total } of pages) yield { items: rows.map(memberItem), cursor, total };
}

export function createdBetween(from: Date, to: Date): string {
  return `created_at:>=${filterMoment(from)}+created_at:<${filterMoment(to)}`;
}

function begin(cursor: MemberCursor | null, now: Date): MemberCursor {
  if (cursor?.isFull) return cursor;
  const isDue = !cursor?.fullAt || now.getTime() - Date.parse(cursor.fullAt) >= DAY_MS;
  return isDue ? { since: null, fullAt: cursor?.fullAt ?? null, isFull: true } : cursor;
}

async function fetchMembers(ctx: Ctx, from: Date | null, page: number): Promise<AscendingPage<MemberRow>> {
  const filter = from ? { filter: `updated_at:>=${filterMoment(from)}` } : {};
  return await askMembers(ctx, { order: 'updated_at asc', ...filter }, page);
}

async function askMembers(
  ctx: Ctx,
  wish: Record<string, string>,
  page: number,
): Promise<AscendingPage<MemberRow>> {
  const query = {
    limit: String(LIMIT),
    page: String(page + 1),
    include: 'newsletters,labels',
    ...wish,
  };
  const { members, meta } = await ask(ctx, '/members/', query, answer);
  return { rows: members, isLast: page + 1 >= (meta.pagination.pages ?? 1), total: meta.pagination.total };
}
