import { afterEach, expect, test } from 'vitest';
import type { PushOutcome, PushPerson } from '../../src/connectors/audience.ts';
import klaviyo from '../../src/connectors/klaviyo/klaviyo.ts';
import { type KlaviyoServer, makeKlaviyoProfile, startKlaviyoServer } from '../vendors/klaviyo.ts';
import { contextFor } from './reading.ts';

let server: KlaviyoServer;
afterEach(async () => {
  expect(server.violations).toEqual([]);
  expect(server.requests.filter(({ path }) => path.includes('subscription'))).toEqual([]);
  await server.close();
});

const person = (index: number, email: string | null = `person${index}@example.com`): PushPerson => ({
  profileId: `p${index}`,
  email,
  phone: null,
  traits: {},
  changeId: `c${index}`,
  hasAdsConsent: false,
});
const people = (...indexes: number[]) => indexes.map((index) => person(index));
const members = () => server.account.lists.find((list) => list.name === 'Big "spenders"')?.members;
const idOf = (index: number) => makeKlaviyoProfile(index).id;

async function push(adds: PushPerson[], removes: PushPerson[] = []): Promise<PushOutcome[]> {
  const ctx = contextFor(klaviyo, server, server.settings);
  return await klaviyo.push!(ctx, { audience: 'Big "spenders"', audienceKey: 'k', there: 0, adds, removes });
}

async function settle(ticket: string, waiting: PushPerson[]): Promise<PushOutcome[]> {
  return await klaviyo.settle!(contextFor(klaviyo, server, server.settings), ticket, waiting);
}

/** Pushes and asks until all is said. */
async function pushWhole(adds: PushPerson[], removes: PushPerson[] = []): Promise<PushOutcome[]> {
  const outcomes = await push(adds, removes);
  const tickets = new Set(outcomes.flatMap((one) => (one.outcome === 'waiting' ? [one.ticket] : [])));
  const settled: PushOutcome[] = outcomes.filter((one) => one.outcome !== 'waiting');
  for (const ticket of tickets) {
    const ids = outcomes.filter((one) => one.outcome === 'waiting' && one.ticket === ticket);
    const waiting = adds.filter(({ profileId }) => ids.some((one) => one.profileId === profileId));
    await settle(ticket, waiting);
    settled.push(...(await settle(ticket, waiting)));
  }
  return settled;
}

test('who enters a segment is put on its list, who leaves is taken off', async () => {
  server = await startKlaviyoServer({ profiles: 5 });
  await pushWhole(people(0, 1));
  expect(members()).toEqual(new Set([idOf(0), idOf(1)]));
  await pushWhole(people(2), people(0));
  expect(members()).toEqual(new Set([idOf(1), idOf(2)]));
  expect(server.account.lists).toHaveLength(1);
});

test('the same push again changes nothing', async () => {
  server = await startKlaviyoServer({ profiles: 5 });
  await pushWhole(people(0), people(1));
  const again = await pushWhole(people(0), people(1));
  expect(again.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  expect(members()).toEqual(new Set([idOf(0)]));
});

test('until the import is done people wait for it', async () => {
  server = await startKlaviyoServer({ profiles: 2 });
  expect(await push(people(0))).toEqual([{ profileId: 'p0', outcome: 'waiting', ticket: 'job1' }]);
  expect(await settle('job1', people(0))).toEqual([{ profileId: 'p0', outcome: 'waiting', ticket: 'job1' }]);
  expect(await settle('job1', people(0))).toEqual([{ profileId: 'p0', outcome: 'done' }]);
});

test('large segments go a thousand at once, and leave a thousand at once', async () => {
  server = await startKlaviyoServer({ profiles: 1200, validate: false });
  const everybody = people(...Array.from({ length: 1200 }, (_, index) => index));
  const outcomes = await pushWhole(everybody);
  expect(outcomes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1200);
  expect(members()?.size).toBe(1200);
  expect(server.account.jobs.map((job) => job.emails.length)).toEqual([1000, 200]);
  await pushWhole([], everybody);
  expect(members()?.size).toBe(0);
  expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
});

test('whom Klaviyo does not take is refused with its reason; the others go in', async () => {
  server = await startKlaviyoServer({ profiles: 1 });
  const outcomes = await pushWhole([person(0), person(7, 'no address'), person(8, null)]);
  expect(outcomes).toEqual([
    { profileId: 'p8', outcome: 'refused', reason: 'There is no e-mail address.' },
    { profileId: 'p0', outcome: 'done' },
    { profileId: 'p7', outcome: 'refused', reason: "Klaviyo: 'no address' is not a valid email." },
  ]);
});

test('being on the list subscribes nobody, known or new', async () => {
  server = await startKlaviyoServer({ profiles: 5 });
  const before = server.account.profiles.map((profile) => JSON.stringify(profile.subscriptions));
  await pushWhole([person(4), person(50)]);
  expect(server.account.profiles.slice(0, 5).map((one) => JSON.stringify(one.subscriptions))).toEqual(before);
  expect(server.account.profiles[5]?.subscriptions).toMatchObject({
    email: { marketing: { consent: 'NEVER_SUBSCRIBED' } },
  });
});

test('an import Klaviyo no longer knows is refused, so that it is tried again', async () => {
  server = await startKlaviyoServer({ profiles: 1 });
  expect(await settle('long-gone', people(0))).toEqual([
    { profileId: 'p0', outcome: 'refused', reason: 'Klaviyo forgot the import.' },
  ]);
});
