import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { type Client, type Collection, connect } from './client.ts';
import { commentRow, gmt, postRow } from './rows.ts';
import type { WordPressSettings } from './settings.ts';
import { usersStream } from './users.ts';

type Ctx = Context<WordPressSettings>;

const MINUTE_MS = 60_000;
/** Edits and approvals do not move a comment's date: a week is read again. */
const COMMENT_OVERLAP_MS = 7 * 24 * 60 * MINUTE_MS;
const POST_OVERLAP_MS = 10 * MINUTE_MS;
/** Comments that wait are asked for again by id; more than these wait for the moderator, not for us. */
const MAX_HELD = 200;

const since = z.object({ since: z.string() });
const commentCursor = z.object({ since: z.string().nullable(), held: z.array(z.string()) });

const POST_FIELDS = 'id,date_gmt,modified_gmt,slug,status,type,link,title,author,categories,tags';
const COMMENT_FIELDS = 'id,post,parent,author,author_name,author_email,date_gmt,link,status,type';

export const streams: Stream<WordPressSettings>[] = [
  { key: 'posts', title: 'Posts', cursor: since, pull: pullPosts },
  { key: 'comments', title: 'Comments', cursor: commentCursor, pull: pullComments },
  usersStream,
];

async function* pullPosts(ctx: Ctx, cursor: unknown): AsyncIterable<Page> {
  const client = await connect(ctx);
  const query = { context: 'edit', status: 'any', orderby: 'modified', order: 'asc', _fields: POST_FIELDS };
  const pages = readAscending({
    vendor: 'WordPress',
    from: back(readCursor(cursor, since)?.since ?? null, POST_OVERLAP_MS),
    now: ctx.clock(),
    atOf: (row: z.infer<typeof postRow>) => gmt(row.modified_gmt),
    idOf: (row) => String(row.id),
    fetchPage: async (from, page) => {
      const after = from ? { modified_after: justBefore(from) } : {};
      return asPage(
        await client.list('/posts', { ...query, ...after, page: String(page + 1) }, postRow),
        page,
      );
    },
  });
  for await (const { rows, at, total } of pages) {
    const items = rows.map((row) => toItem('posts', row, row.modified_gmt));
    yield { items, cursor: at ? { since: at.toISOString() } : cursor, total };
  }
}

async function* pullComments(ctx: Ctx, cursor: unknown): AsyncIterable<Page> {
  const client = await connect(ctx);
  const start = readCursor(cursor, commentCursor) ?? { since: null, held: [] };
  let { held } = start;
  if (held.length > 0) {
    const decided = await client.list('/comments', { ...COMMENTS, include: held.join(',') }, commentRow);
    held = stillHeld([], decided.rows);
    yield { items: decided.rows.map(commentItem), cursor: { since: start.since, held } };
  }
  for await (const { rows, at, total } of readComments(ctx, client, start.since)) {
    held = stillHeld(held, rows);
    yield { items: rows.map(commentItem), cursor: { since: at?.toISOString() ?? start.since, held }, total };
  }
}

const COMMENTS = {
  context: 'edit',
  status: 'all',
  orderby: 'date_gmt',
  order: 'asc',
  _fields: COMMENT_FIELDS,
};

function readComments(ctx: Ctx, client: Client, from: string | null) {
  return readAscending({
    vendor: 'WordPress',
    from: back(from, COMMENT_OVERLAP_MS),
    now: ctx.clock(),
    atOf: (row: z.infer<typeof commentRow>) => gmt(row.date_gmt),
    idOf: (row) => String(row.id),
    fetchPage: async (from, page) => {
      const after = from ? { after: justBefore(from) } : {};
      return asPage(
        await client.list('/comments', { ...COMMENTS, ...after, page: String(page + 1) }, commentRow),
        page,
      );
    },
  });
}

function stillHeld(before: string[], rows: z.infer<typeof commentRow>[]): string[] {
  const held = new Set(before);
  for (const row of rows) {
    if (row.status === 'hold') held.add(String(row.id));
    else held.delete(String(row.id));
  }
  return [...held].slice(-MAX_HELD);
}

/** A comment carries no time of its last change: what it says is its version. */
function commentItem(row: z.infer<typeof commentRow>): Item {
  return toItem('comments', row, undefined);
}

function toItem(
  stream: string,
  row: { id: number } & Record<string, unknown>,
  version: string | undefined,
): Item {
  return { stream, externalId: String(row.id), version, payload: row };
}

/** By the number of pages, not of rows: WordPress leaves out what the user may not read after it has counted. */
function asPage<Row>({ rows, pages, total }: Collection<Row>, page: number) {
  return { rows, isLast: page + 1 >= pages, total };
}

/** `after` leaves out the moment itself, and lies in the site's own zone unless an offset says otherwise. */
function justBefore(at: Date): string {
  return new Date(at.getTime() - 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

function back(from: string | null, overlapMs: number): Date | null {
  return from ? new Date(new Date(from).getTime() - overlapMs) : null;
}
