import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import ghost from '../../src/connectors/ghost/ghost.ts';
import mailchimp from '../../src/connectors/mailchimp/mailchimp.ts';
import wordpress from '../../src/connectors/wordpress/wordpress.ts';

const row = z.record(z.string(), z.unknown());
const file = new URL('../vendors/specs/recorded.json', import.meta.url);
/** What the vendors' own servers said, once. */
const recorded = z
  .object({
    mailchimp_member: row,
    wordpress_user: row,
    wordpress_comment: row,
    wordpress_post: row,
    ghost_member: row,
    ghost_events: z.array(row),
  })
  .parse(JSON.parse(await readFile(file, 'utf8')));

const item = (stream: string, payload: Record<string, unknown>) => ({ stream, externalId: 'x', payload });
const site = wordpress.settings.parse({
  url: 'https://blog.example.com',
  username: 'a',
  applicationPassword: 'b',
});
const magazine = ghost.settings.parse({
  url: 'https://news.example.com',
  adminApiKey: `a1:${'0'.repeat(64)}`,
});
const account = mailchimp.settings.parse({ apiKey: 'key-us3' });

test('a contact as Mailchimp told it', () => {
  const audience = { id: 'a36b032126', name: 'Recorded' };
  const records = mailchimp.map(item('members', { ...recorded.mailchimp_member, audience }), account);
  const at = new Date('2022-02-23T16:25:57Z');
  expect(records).toMatchObject([
    {
      identifiers: [
        { kind: 'source', value: '1c6eb4babd94e280b7b2206a5816b0d9' },
        { kind: 'email', value: 'person3@example.com' },
      ],
      changedAt: at,
      consents: [{ topic: 'mailchimp-a36b032126', state: 'granted', decidedAt: at }],
    },
    { name: 'newsletter_subscribed', occurredAt: at },
  ]);
  expect(records[0]).toHaveProperty('traits', {
    email: 'person3@example.com',
    name: 'Name14',
    firstName: 'Name15',
    lastName: 'Name16',
    USERID: 3,
    LTV: 668.3,
  });
});

test('a reader, a guest and a post as WordPress told them', () => {
  expect(wordpress.map(item('users', recorded.wordpress_user), site)).toMatchObject([
    { identifiers: [{ value: '3' }, { value: 'reader1@example.com' }], traits: { name: 'Reader No 1' } },
    { name: 'signed_up', occurredAt: new Date('2026-02-02T01:15:30Z') },
  ]);
  expect(wordpress.map(item('comments', recorded.wordpress_comment), site)).toMatchObject([
    {
      name: 'comment_posted',
      occurredAt: new Date('2026-10-03T02:00:00Z'),
      properties: { post_id: '6', is_guest: true },
    },
    { traits: { email: 'guest2@example.org', name: 'Guest 2' } },
  ]);
  expect(wordpress.map(item('posts', recorded.wordpress_post), site)).toMatchObject([
    {
      title: 'Post number 10 — “quotes” & ampersands',
      status: 'published',
      publishedAt: new Date('2026-01-13T07:30:00Z'),
    },
  ]);
});

test('a member and its events as Ghost told them', () => {
  expect(ghost.map(item('members', recorded.ghost_member), magazine)).toMatchObject([
    {
      traits: { email: 'member1@example.com', name: 'Member 1', ghostStatus: 'free' },
      consents: [{ topic: 'ghost-6b0349e656a66a0f8c0e7746', state: 'granted' }],
      suppress: undefined,
    },
  ]);
  const told = recorded.ghost_events.flatMap((payload) =>
    ghost.map(item('member_events', payload), magazine),
  );
  expect(told).toMatchObject([
    {
      name: 'newsletter_subscribed',
      consents: [{ state: 'granted', decidedAt: new Date('2026-11-22T20:02:47Z') }],
    },
    { name: 'signed_up', properties: { referrer_source: 'Integration: Zapier' } },
    {
      name: 'email_clicked',
      properties: { campaign: 'Issue 2', url: 'https://example.com/2?ref=example-newsletter' },
    },
    { name: 'email_bounced', properties: { type: 'hard' }, suppress: { email: 'member17@example.com' } },
  ]);
});
