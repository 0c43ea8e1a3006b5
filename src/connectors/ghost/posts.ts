import { z } from 'zod';
import type { Context, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { readAscending } from '../reading/ascending.ts';
import { ask, filterMoment, LIMIT } from './client.ts';
import { meta, postRow } from './rows.ts';
import type { GhostSettings } from './settings.ts';

const OVERLAP_MS = 10 * 60_000;
const FIELDS = 'id,uuid,title,slug,url,status,published_at,updated_at';
const postCursor = z.object({ since: z.string() });
const answer = z.object({ posts: z.array(postRow), meta });

export const postsStream: Stream<GhostSettings> = {
  key: 'posts',
  title: 'Posts',
  cursor: postCursor,
  pull: pullPosts,
};

async function* pullPosts(ctx: Context<GhostSettings>, cursor: unknown): AsyncIterable<Page> {
  const since = readCursor(cursor, postCursor)?.since;
  const pages = readAscending<z.infer<typeof postRow>>({
    vendor: 'Ghost',
    from: since ? new Date(Date.parse(since) - OVERLAP_MS) : null,
    now: ctx.clock(),
    atOf: (row) => toMoment(row.updated_at) ?? new Date(0),
    idOf: (row) => row.id,
    fetchPage: async (from, page) => {
      const filter = from ? { filter: `updated_at:>=${filterMoment(from)}` } : {};
      const query = {
        limit: String(LIMIT),
        page: String(page + 1),
        order: 'updated_at asc',
        fields: FIELDS,
        ...filter,
      };
      const { posts, meta } = await ask(ctx, '/posts/', query, answer);
      return { rows: posts, isLast: page + 1 >= (meta.pagination.pages ?? 1), total: meta.pagination.total };
    },
  });
  for await (const { rows, at, total } of pages) {
    const items = rows.map((row) => ({
      stream: 'posts',
      externalId: row.id,
      version: row.updated_at,
      payload: row,
    }));
    yield { items, cursor: at ? { since: at.toISOString() } : cursor, total };
  }
}
