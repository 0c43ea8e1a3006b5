import { afterEach, expect, test } from 'vitest';
import type { PushPerson } from '../../src/connectors/audience.ts';
import mailchimp from '../../src/connectors/mailchimp/mailchimp.ts';
import { AUDIENCE, type MailchimpServer, startMailchimpServer } from '../vendors/mailchimp.ts';
import { contextFor } from './reading.ts';

let server: MailchimpServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const person = (index: number): PushPerson => ({
  profileId: `p${index}`,
  email: `person${index}@example.com`,
  phone: null,
  traits: {},
  changeId: `c${index}`,
  hasAdsConsent: false,
});

async function push(adds: PushPerson[], removes: PushPerson[] = []) {
  const ctx = contextFor(mailchimp, server, server.settings);
  const outcomes = await mailchimp.push?.(ctx, {
    audience: 'Big spenders',
    audienceKey: 'big-spenders',
    there: 0,
    adds,
    removes,
  });
  return outcomes ?? [];
}

const tagged = () => server.account.tags.get(AUDIENCE)?.find((tag) => tag.name === 'Big spenders')?.members;

test('who enters a segment gets its tag, who leaves loses it', async () => {
  server = await startMailchimpServer({ members: 5 });
  await push([person(0), person(1)]);
  expect(tagged()).toEqual(new Set(['person0@example.com', 'person1@example.com']));
  await push([person(2)], [person(0)]);
  expect(tagged()).toEqual(new Set(['person1@example.com', 'person2@example.com']));
  expect(server.account.tags.get(AUDIENCE)).toHaveLength(1);
});

test('the same push again changes nothing', async () => {
  server = await startMailchimpServer({ members: 5 });
  await push([person(0)], [person(1)]);
  const again = await push([person(0)], [person(1)]);
  expect(again.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  expect(tagged()).toEqual(new Set(['person0@example.com']));
});

test('large segments go in requests of five hundred', async () => {
  server = await startMailchimpServer({ members: 1200 });
  const outcomes = await push(Array.from({ length: 1200 }, (_, index) => person(index)));
  expect(outcomes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1200);
  expect(tagged()?.size).toBe(1200);
  expect(server.requests.filter(({ method, path }) => method === 'POST' && /\d$/.test(path))).toHaveLength(3);
});

test('whom Mailchimp does not know is refused with the reason, and nobody is subscribed', async () => {
  server = await startMailchimpServer({ members: 2 });
  const outcomes = await push([person(0), person(77), { ...person(1), email: null }]);
  expect(outcomes).toEqual([
    { profileId: 'p0', outcome: 'done' },
    { profileId: 'p77', outcome: 'refused', reason: 'Mailchimp: Email is not on the list' },
    { profileId: 'p1', outcome: 'refused', reason: 'There is no e-mail address.' },
  ]);
});
