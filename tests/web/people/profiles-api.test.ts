import supertest from 'supertest';
import { beforeAll, expect, test } from 'vitest';
import { createKey } from '../../../src/staff/keys.ts';
import { serveApp } from '../../setup/app.ts';
import { type Cast, createCast } from '../../setup/colleagues.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { ADA, day, hear } from './people-cast.ts';

let cast: Cast;
let url: string;
let key: string;
let otherKey: string;
let ada: string;

beforeAll(async () => {
  const databases = await createTestDatabase();
  cast = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const find = await hear(databases.database, cast.workspaceId, [
    ...ADA,
    { at: day(5), userId: 'ben', event: 'opened' },
  ]);
  ada = await find('user_id', 'ada');
  const make = async (workspaceId: string) =>
    (await createKey(databases.database, { workspaceId, kind: 'api', name: 'Script', createdBy: null }))
      .secret;
  [key, otherKey] = [await make(cast.workspaceId), await make(cast.otherId)];
});

const ask = async (path: string, bearer = key) =>
  await supertest(url).get(`/api/v1${path}`).set('authorization', `Bearer ${bearer}`);

test('a person is found by any identifier, however it is written', async () => {
  for (const given of ['email:ADA.L@mail.example', 'user_id:ada', 'phone:+49 30 901820', 'anonymous_id:d1']) {
    const { status, body } = await ask(`/profiles?identifier=${encodeURIComponent(given)}`);
    expect([status, body.profiles.map(({ id }: { id: string }) => id), body.next]).toEqual([
      200,
      [ada],
      null,
    ]);
  }
  expect((await ask('/profiles?identifier=email:nobody@mail.example')).body).toEqual({
    profiles: [],
    next: null,
  });
});

test('a profile says who somebody is, what is known of them and when they were seen', async () => {
  const { body } = await ask(`/profiles/${ada}`);
  expect(body).toMatchObject({
    id: ada,
    identifiers: [
      { kind: 'user_id', value: 'ada' },
      { kind: 'email', value: 'ada.l@mail.example' },
      { kind: 'phone', value: '+4930901820' },
      { kind: 'anonymous_id', value: 'd1' },
    ],
    traits: { firstName: 'Ada', country: 'DE' },
    segments: [],
    firstSeenAt: day(1),
    lastSeenAt: day(4),
  });
});

test('events come newest first, a page at a time, and by name', async () => {
  const first = (await ask(`/profiles/${ada}/events?limit=2`)).body;
  const second = (await ask(`/profiles/${ada}/events?limit=2&after=${encodeURIComponent(first.next)}`)).body;
  const names = [...first.events, ...second.events].map(({ name }: { name: string }) => name);
  expect(names).toEqual(['consent_granted', 'page_viewed', 'order_placed']);
  expect(second.next).toBeNull();
  expect(second.events[0]).toMatchObject({
    occurredAt: day(2),
    source: 'tracking',
    value: 42.5,
    currency: 'EUR',
    properties: { order_id: 'o-1' },
  });
  expect((await ask(`/profiles/${ada}/events?name=order_placed`)).body.events).toHaveLength(1);
});

test('traits name their source and time, segments are those of now', async () => {
  const { traits } = (await ask(`/profiles/${ada}/traits`)).body;
  expect(traits).toContainEqual({
    name: 'country',
    value: 'DE',
    source: 'tracking',
    changedAt: day(1),
    isShown: true,
  });
  expect((await ask(`/profiles/${ada}/segments`)).body).toEqual({ segments: [], next: null });
  const withMisses = (await ask(`/profiles/${ada}/segments?misses=yes`)).body;
  expect(withMisses).toMatchObject({ asOf: expect.any(String), segments: [], misses: [] });
  expect((await ask(`/profiles/${ada}/segments?misses=perhaps`)).status).toBe(400);
});

test('everyone comes a page at a time', async () => {
  const first = (await ask('/profiles?limit=1')).body;
  const second = (await ask(`/profiles?limit=1&after=${first.next}`)).body;
  const third = (await ask(`/profiles?limit=1&after=${second.next}`)).body;
  expect([first.profiles.length, second.profiles.length, third.profiles.length, third.next]).toEqual([
    1,
    1,
    0,
    null,
  ]);
});

test('another business and a stranger learn nothing, a wrong id or key of a page is refused in words', async () => {
  expect((await ask(`/profiles/${ada}`, otherKey)).status).toBe(404);
  expect((await ask(`/profiles/${ada}`, 'nonsense')).status).toBe(401);
  expect((await ask('/profiles?identifier=ada')).body.issues[0].path).toBe('identifier');
  expect((await ask(`/profiles/${ada}/events?after=nonsense`)).body.issues[0].path).toBe('after');
  expect((await ask('/profiles/not-an-id')).status).toBeGreaterThanOrEqual(400);
});
