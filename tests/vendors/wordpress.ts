import {
  type WordPressSite,
  type WpComment,
  type WpPost,
  type WpUser,
  wordpress,
} from '../../src/demo/vendors/wordpress.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type WordPressServer = ContractServer & {
  site: WordPressSite;
  settings: { url: string; username: string; applicationPassword: string };
};

/** A blog: an administrator and readers, posts hour by hour, and for each post a comment by a reader and by a guest. */
export async function startWordPressServer(
  options: { users?: number; posts?: number; hasPrettyLinks?: boolean } = {},
): Promise<WordPressServer> {
  const { users = 5, posts = 3, hasPrettyLinks = true } = options;
  const site: WordPressSite = {
    applicationPassword: 'abcd efgh ijkl mnop',
    users: Array.from({ length: users }, (_, index) => makeUser(index)),
    posts: Array.from({ length: posts }, (_, index) => makePost(index)),
    comments: Array.from({ length: posts * 2 }, (_, index) => makeComment(index)),
    hasPrettyLinks,
  };
  const spec = hasPrettyLinks ? await loadSpec('wordpress.json', { ignored: ['_', '_fields'] }) : undefined;
  const server = await startContractServer(wordpress(site), spec && withoutIndex(spec));
  const settings = { url: server.url, username: 'admin', applicationPassword: site.applicationPassword };
  return { ...server, site, settings };
}

/** The index of the routes is in no description of them. */
function withoutIndex(spec: Awaited<ReturnType<typeof loadSpec>>) {
  return {
    ...spec,
    faultsOfRequest: (request: Parameters<typeof spec.faultsOfRequest>[0]) =>
      request.path === '/wp-json/' ? [] : spec.faultsOfRequest(request),
  };
}

export function makeUser(index: number): WpUser {
  const id = index + 1;
  return {
    id,
    username: `reader${id}`,
    name: `Reader ${id}`,
    first_name: 'Reader',
    last_name: String(id),
    email: `reader${id}@example.com`,
    roles: [index === 0 ? 'administrator' : 'subscriber'],
    registered_date: `${gmt(index)}+00:00`,
    locale: 'en_US',
    url: '',
  };
}

export function makePost(index: number): WpPost {
  const id = 100 + index;
  return {
    id,
    date_gmt: gmt(index),
    modified_gmt: gmt(index),
    slug: `post-${id}`,
    status: 'publish',
    type: 'post',
    link: `https://blog.example.com/post-${id}/`,
    title: { rendered: `Tea &amp; “time” ${id}`, raw: `Tea & “time” ${id}` },
    author: 1,
    categories: [1],
    tags: [],
  };
}

export function makeComment(index: number): WpComment {
  const isGuest = index % 2 === 1;
  return {
    id: 1000 + index,
    post: 100 + Math.floor(index / 2),
    parent: 0,
    author: isGuest ? 0 : 2,
    author_name: isGuest ? `Guest ${index}` : 'Reader 2',
    author_email: isGuest ? `guest${index}@example.com` : 'reader2@example.com',
    date_gmt: gmt(index),
    link: `https://blog.example.com/post-${100 + index}/#comment-${1000 + index}`,
    status: 'approved',
    type: 'comment',
  };
}

/** An hour later for each index, from 1 October 2026 on, in the vendor's way: no zone. */
export function gmt(index: number): string {
  return new Date(Date.parse('2026-10-01T08:00:00Z') + index * 3_600_000).toISOString().slice(0, 19);
}
