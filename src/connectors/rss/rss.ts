import { z } from 'zod';
import {
  type Context,
  defineConnector,
  type Item,
  type MappedRecord,
  type Page,
  type Stream,
} from '../contract.ts';
import { optionalMoment, readCursor, readPayload } from '../reading/answers.ts';
import { fetchFeed } from './fetch.ts';
import { guide } from './guide.ts';
import type { Entry } from './parse.ts';
import { type RssSettings, settings } from './settings.ts';

type Ctx = Context<RssSettings>;

/** Some feeds name older pages of themselves; so many of them are followed on a first reading. */
const MAX_PAGES = 50;
const feedCursor = z.object({ etag: z.string().nullable(), lastModified: z.string().nullable() });

const posts: Stream<RssSettings> = {
  key: 'posts',
  title: 'Posts',
  cursor: feedCursor,
  pull: pullPosts,
};

/** Feeds name no deleted posts: what has fallen out of one is most often only old. */
export default defineConnector<RssSettings>({
  key: 'rss',
  name: 'RSS or Atom feed',
  category: 'blog',
  summary: 'The posts of any blog that has a feed: their titles, addresses and days.',
  guide,
  settings,
  streams: [posts],
  uncompared: 'A feed shows its newest posts and does not say how many there are in all.',
  map,
  check,
});

async function* pullPosts(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const isWhole = ctx.window !== undefined;
  const known = isWhole ? null : readCursor(given, feedCursor);
  const first = await fetchFeed(ctx, ctx.settings.url, known);
  if (!first) return;
  let { feed } = first;
  const seen = new Set([ctx.settings.url]);
  for (let page = 1; ; page++) {
    const next = known === null ? nextPage(feed.next, ctx.settings.url, seen) : null;
    const isLast = next === null || page === MAX_PAGES;
    // The state is that of the newest page, and right once all older ones are stored.
    const cursor = isWhole || !isLast ? given : first.state;
    yield { items: feed.entries.map(toItem), cursor };
    if (isLast) return;
    seen.add(next);
    const older = await fetchFeed(ctx, next, null);
    if (!older) return;
    feed = older.feed;
  }
}

/** Only on the same host, and never one we have been on. */
function nextPage(next: string | null, start: string, seen: Set<string>): string | null {
  if (next === null || seen.has(next)) return null;
  return URL.parse(next)?.origin === URL.parse(start)?.origin ? next : null;
}

function toItem(entry: Entry): Item {
  return { stream: 'posts', externalId: entry.id, payload: { ...entry } };
}

const post = z.object({
  id: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  publishedAt: optionalMoment,
});

function map(item: Item): MappedRecord[] {
  const { id, title, url, publishedAt = null } = readPayload(item.payload, post);
  return [
    { type: 'content', key: '', externalId: id, title, url, kind: 'post', status: 'published', publishedAt },
  ];
}

async function check(ctx: Ctx): Promise<string> {
  const found = await fetchFeed(ctx, ctx.settings.url, null);
  const entries = found?.feed.entries ?? [];
  const newest = entries.map((entry) => entry.publishedAt ?? '').reduce((a, b) => (a > b ? a : b), '');
  const when = newest ? `, the newest of ${newest.slice(0, 10)}` : '';
  return `“${found?.feed.title || 'A feed without a name'}”: ${entries.length} posts${when}`;
}
