import { afterEach, expect, test } from 'vitest';
import wordpress from '../../src/connectors/wordpress/wordpress.ts';
import {
  gmt,
  makeComment,
  makePost,
  makeUser,
  startWordPressServer,
  type WordPressServer,
} from '../vendors/wordpress.ts';
import { contextFor, idsOf, mapAll, NOW, read } from './reading.ts';

let server: WordPressServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

test('says what it found', async () => {
  server = await startWordPressServer({ users: 3, posts: 2 });
  expect(await wordpress.check(contextFor(wordpress, server, server.settings))).toBe('3 users and 2 posts');
});

test.each([{ hasPrettyLinks: true }, { hasPrettyLinks: false }])(
  'reads posts, comments and users: %o',
  async (links) => {
    server = await startWordPressServer({ users: 250, posts: 150, ...links });
    const ctx = contextFor(wordpress, server, server.settings);
    expect(idsOf((await read(wordpress, ctx, 'posts')).items)).toHaveLength(150);
    expect(idsOf((await read(wordpress, ctx, 'comments')).items)).toHaveLength(300);
    expect(idsOf((await read(wordpress, ctx, 'users')).items)).toHaveLength(250);
  },
);

test('a page past the end, which WordPress answers with 400, is simply the end', async () => {
  server = await startWordPressServer({ users: 100 });
  const ctx = contextFor(wordpress, server, server.settings);
  const resumed = await read(wordpress, ctx, 'users', { scannedAt: null, page: 9, newest: null });
  expect(resumed).toMatchObject({ error: null, items: [] });
});

test('only posts that changed come again', async () => {
  server = await startWordPressServer({ posts: 30 });
  const ctx = contextFor(wordpress, server, server.settings);
  const first = await read(wordpress, ctx, 'posts');
  server.site.posts[4] = {
    ...makePost(4),
    modified_gmt: gmt(200),
    title: { rendered: 'Edited', raw: 'Edited' },
  };
  const second = await read(wordpress, ctx, 'posts', first.cursor);
  expect(idsOf(second.items)).toEqual(['129', '104']);
  expect(second.items.at(-1)?.version).toBe(gmt(200));
});

test('a comment that waited is read again when the moderator has decided, however late', async () => {
  server = await startWordPressServer({ posts: 60 });
  server.site.comments[0] = { ...makeComment(0), status: 'hold' };
  const ctx = contextFor(wordpress, server, server.settings);
  const first = await read(wordpress, ctx, 'comments');
  expect(
    mapAll(
      wordpress,
      first.items.filter((item) => item.externalId === '1000'),
      ctx.settings,
    ),
  ).toEqual([]);
  server.site.comments[0] = makeComment(0);
  const second = await read(wordpress, ctx, 'comments', { since: later(500).toISOString(), held: ['1000'] });
  expect(second.items.map((item) => item.externalId)).toEqual(['1000']);
  expect(mapAll(wordpress, second.items, ctx.settings)).toMatchObject([{ name: 'comment_posted' }]);
  expect(second.cursor).toMatchObject({ held: [] });
});

test('users are read in full once a day, and in between only who is new', async () => {
  server = await startWordPressServer({ users: 150 });
  const first = await read(wordpress, contextFor(wordpress, server, server.settings), 'users');
  server.site.users.push(makeUser(150));
  const soon = contextFor(wordpress, server, server.settings, { now: later(1) });
  const second = await read(wordpress, soon, 'users', first.cursor);
  expect(idsOf(second.items)).toEqual(['151']);
  expect((await read(wordpress, soon, 'users', second.cursor)).items).toEqual([]);
  const nextDay = contextFor(wordpress, server, server.settings, { now: later(25) });
  expect(idsOf((await read(wordpress, nextDay, 'users', second.cursor)).items)).toHaveLength(151);
});

test('a full reading goes on from its page after a fault', async () => {
  server = await startWordPressServer({ users: 350 });
  const ctx = contextFor(wordpress, server, server.settings, { tries: 1 });
  server.plan('none', 'none', 'none', 'reset');
  const broken = await read(wordpress, ctx, 'users');
  expect(broken).toMatchObject({ error: { retryable: true }, cursor: { page: 3 } });
  const rest = await read(wordpress, ctx, 'users', broken.cursor);
  expect(idsOf([...broken.items, ...rest.items])).toHaveLength(350);
});

test('an empty page in the middle is a fault, not the end', async () => {
  server = await startWordPressServer({ users: 350 });
  server.plan('none', 'none', 'empty');
  const { error, cursor } = await read(wordpress, contextFor(wordpress, server, server.settings), 'users');
  expect(error).toMatchObject({ retryable: true });
  expect(cursor).toMatchObject({ page: 2, scannedAt: null });
});

test('a post is content, with its title in plain words', async () => {
  server = await startWordPressServer({ posts: 1 });
  const ctx = contextFor(wordpress, server, server.settings);
  const records = mapAll(wordpress, (await read(wordpress, ctx, 'posts')).items, ctx.settings);
  expect(records).toEqual([
    {
      type: 'content',
      key: '',
      externalId: '100',
      title: 'Tea & “time” 100',
      url: 'https://blog.example.com/post-100/',
      kind: 'post',
      status: 'published',
      publishedAt: new Date('2026-10-01T08:00:00Z'),
    },
  ]);
});

test('a reader is a person who signed up; a colleague is a person only', async () => {
  server = await startWordPressServer({ users: 2 });
  const ctx = contextFor(wordpress, server, server.settings);
  const [staff, reader] = (await read(wordpress, ctx, 'users')).items.map((item) =>
    wordpress.map(item, ctx.settings),
  );
  expect(staff).toMatchObject([{ type: 'person', traits: { wordpressRole: 'administrator' } }]);
  expect(reader).toMatchObject([
    {
      type: 'person',
      identifiers: [
        { kind: 'source', value: '2' },
        { kind: 'email', value: 'reader2@example.com' },
      ],
      traits: { firstName: 'Reader', language: 'en_US' },
    },
    { type: 'event', name: 'signed_up', occurredAt: new Date('2026-10-01T09:00:00Z') },
  ]);
});

test('a guest is known by the address typed, and by nothing else; spam takes back what was said', async () => {
  server = await startWordPressServer({ posts: 1 });
  const ctx = contextFor(wordpress, server, server.settings);
  const [byReader, byGuest] = (await read(wordpress, ctx, 'comments')).items.map((item) =>
    wordpress.map(item, ctx.settings),
  );
  expect(byReader).toMatchObject([{ name: 'comment_posted', identifiers: [{ kind: 'source', value: '2' }] }]);
  const identifiers = [{ kind: 'email', value: 'guest1@example.com' }];
  expect(byGuest).toMatchObject([
    { name: 'comment_posted', identifiers },
    { type: 'person', identifiers, traits: { name: 'Guest 1' } },
  ]);
  const spam = { stream: 'comments', externalId: '1', payload: { ...makeComment(0), status: 'spam' } };
  expect(wordpress.map(spam, ctx.settings)).toEqual([{ type: 'removed', key: '' }]);
});

test.each([
  {
    fault: { status: 401, json: { code: 'rest_not_logged_in', message: '' } },
    says: 'Authorization header',
    needsReconnect: true,
  },
  {
    fault: { status: 403, json: { code: 'rest_forbidden_context', message: '' } },
    says: 'administrator',
    needsReconnect: true,
  },
  {
    fault: { status: 403, headers: { 'content-type': 'text/html' }, json: '' },
    says: 'protection page',
    needsReconnect: false,
  },
  { fault: 'html' as const, says: 'a web page instead of data', needsReconnect: false },
])('says what to do about $says', async ({ fault, says, needsReconnect }) => {
  server = await startWordPressServer();
  server.plan('none', fault, fault, fault, fault);
  const { error } = await read(wordpress, contextFor(wordpress, server, server.settings), 'users');
  expect(error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringContaining(says),
    needsReconnect,
  });
});

test('a wrong password asks to reconnect', async () => {
  server = await startWordPressServer();
  const ctx = contextFor(wordpress, server, { ...server.settings, applicationPassword: 'wrong' });
  expect((await read(wordpress, ctx, 'users')).error).toMatchObject({ needsReconnect: true });
});
