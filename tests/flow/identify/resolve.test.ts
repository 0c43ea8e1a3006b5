import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOf } from '../../../src/flow/identify/kinds.ts';
import { resolve } from '../../../src/flow/identify/resolve.ts';
import { gather, peopleOf, type Sighting } from './sightings.ts';

const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();
const see = (n: number, ids: Sighting['ids']): Sighting => ({ at: day(n), ids });
const people = (sightings: Sighting[]) => peopleOf(gather(sightings));
const range = (n: number) => Array.from({ length: n }, (_, at) => at);

describe('who is who', () => {
  test('a tablet that fifty people sign in on joins none of them', () => {
    const found = people(range(50).map((n) => see(n, { anonymous_id: 'ipad', user_id: `u${n}` })));
    expect(found.filter((one) => one[0]!.startsWith('user_id'))).toHaveLength(50);
    expect(found).toContainEqual(['anonymous_id ipad']);
  });

  test('an e-mail that two accounts of a family use leaves two people', () => {
    const found = people([
      see(0, { user_id: 'ada', email: 'family@x.io' }),
      see(1, { user_id: 'ben', email: 'family@x.io' }),
    ]);
    expect(found).toEqual([['email family@x.io', 'user_id ada'], ['user_id ben']]);
  });

  test('a visitor who signs up and later comes on a second device is one person', () => {
    const found = people([
      see(0, { anonymous_id: 'phone' }),
      see(1, { anonymous_id: 'phone', user_id: 'ada', email: 'ada@x.io' }),
      see(9, { anonymous_id: 'laptop' }),
      see(10, { anonymous_id: 'laptop', user_id: 'ada' }),
    ]);
    expect(found).toHaveLength(1);
  });

  test('a person who changes their address stays one person', () => {
    expect(
      people([see(0, { user_id: 'ada', email: 'a@x.io' }), see(5, { user_id: 'ada', email: 'b@x.io' })]),
    ).toHaveLength(1);
  });

  test('a phone number that comes back after two years is somebody else', () => {
    const found = people([
      see(0, { email: 'ada@x.io', phone: '+4930901820' }),
      see(800, { email: 'ben@x.io', phone: '+4930901820' }),
    ]);
    expect(found).toEqual([['email ada@x.io'], ['email ben@x.io', 'phone +4930901820']]);
  });

  test('a phone number in use all the time stays with its person', () => {
    const found = people(
      [0, 300, 600, 900].map((n) => see(n, { email: `a${n}@x.io`, phone: '+4930901820' })),
    );
    expect(found).toHaveLength(1);
  });

  test('a long chain of phones stops at the limit and reports the rest', () => {
    const phone = (n: number) => `+49309018${10 + n}`;
    const chain = range(25).flatMap((n) => [
      { at: day(n), ids: { phone: phone(n), 'source:s': `p${n}` } },
      { at: day(n), ids: { phone: phone(n + 1), 'source:s': `p${n}` } },
    ]);
    const { groups, refused } = resolve(gather(chain));
    const phones = groups.map(({ members }) => members.filter((key) => key.startsWith('phone')).length);
    expect(Math.max(...phones)).toBe(5);
    expect([...new Set(refused.values())]).toEqual(['limit']);
  });

  test('two accounts never join through something weaker', () => {
    const found = people([
      see(0, { user_id: 'ada', anonymous_id: 'a' }),
      see(1, { anonymous_id: 'a', email: 'x@x.io' }),
      see(2, { user_id: 'ben', email: 'x@x.io' }),
      see(3, { user_id: 'ben', phone: '+4930901820' }),
      see(4, { user_id: 'ada', phone: '+4930901820' }),
    ]);
    expect(found.filter((one) => one.filter((id) => id.startsWith('user_id')).length > 1)).toEqual([]);
  });

  test('what a person joined is joined, over every limit, and its device is no longer shared', () => {
    const component = gather([
      see(0, { user_id: 'ada', anonymous_id: 'd' }),
      see(1, { user_id: 'ada2', anonymous_id: 'd' }),
    ]);
    const [a, b] = [keyOf({ kind: 'user_id', value: 'ada' }), keyOf({ kind: 'user_id', value: 'ada2' })];
    component.links.push({ a, b, firstAt: new Date(day(2)), lastAt: new Date(day(2)), byUserId: 'admin' });
    expect(peopleOf(component)).toEqual([['anonymous_id d', 'user_id ada', 'user_id ada2']]);
  });

  test('a parting keeps two identifiers apart whatever links them', () => {
    const component = gather([
      see(0, { email: 'a@x.io', phone: '+4930901820' }),
      see(1, { email: 'b@x.io', phone: '+4930901820' }),
    ]);
    component.partings.push({
      a: keyOf({ kind: 'email', value: 'a@x.io' }),
      b: keyOf({ kind: 'email', value: 'b@x.io' }),
    });
    expect(peopleOf(component)).toEqual([['email a@x.io', 'phone +4930901820'], ['email b@x.io']]);
  });

  test('a joined profile keeps the id of the one with an account, and parting gives both their ids back', () => {
    const component = gather([see(0, { anonymous_id: 'a' }), see(1, { user_id: 'ada', anonymous_id: 'a' })]);
    const home = (key: string) => (key.startsWith('user_id') ? 'profile-2' : 'profile-1');
    for (const identifier of component.identifiers) identifier.homeId = home(identifier.key);
    component.createdAt.set('profile-1', new Date(day(0))).set('profile-2', new Date(day(1)));
    expect(resolve(component).groups.map(({ profileId }) => profileId)).toEqual(['profile-2']);
    component.partings.push({ a: component.identifiers[0]!.key, b: component.identifiers[1]!.key });
    expect(
      resolve(component)
        .groups.map(({ profileId }) => profileId)
        .sort(),
    ).toEqual(['profile-1', 'profile-2']);
  });
});

const identifiers = fc.record(
  {
    user_id: fc.constantFrom('u1', 'u2', 'u3'),
    email: fc.constantFrom('a@x.io', 'b@x.io', 'c@x.io', 'd@x.io', 'e@x.io', 'f@x.io', 'g@x.io'),
    phone: fc.constantFrom('+4930901820', '+4930901821'),
    anonymous_id: fc.constantFrom('d1', 'd2', 'd3'),
    'source:s': fc.constantFrom('1', '2'),
  },
  { requiredKeys: [] },
);
const sighting = fc.record({ at: fc.integer({ min: 0, max: 2000 }).map(day), ids: identifiers });

describe('order of arrival', () => {
  test('whatever comes first, the same people come out', () => {
    fc.assert(
      fc.property(
        fc
          .array(sighting, { minLength: 2, maxLength: 14 })
          .chain((seen) =>
            fc.tuple(fc.constant(seen), fc.shuffledSubarray(seen, { minLength: seen.length })),
          ),
        ([seen, shuffled]) => {
          expect(people(shuffled)).toEqual(people(seen));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('no person ever has two accounts, and every identifier stands with exactly one person', () => {
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 20 }), (seen) => {
        const found = people(seen);
        const all = found.flat();
        expect(new Set(all).size).toBe(all.length);
        expect(all).toHaveLength(gather(seen).identifiers.length);
        for (const one of found) expect(one.filter((id) => id.startsWith('user_id')).length).toBeLessThan(2);
      }),
      { numRuns: 500 },
    );
  });

  test('all 40,320 orders of the same eight events give the same people', () => {
    const events = [
      see(0, { anonymous_id: 'd1' }),
      see(1, { anonymous_id: 'd1', email: 'ada@x.io' }),
      see(2, { user_id: 'ada', email: 'ada@x.io' }),
      see(3, { user_id: 'ben', anonymous_id: 'd1' }),
      see(4, { user_id: 'ben', email: 'ben@x.io', phone: '+4930901820' }),
      see(5, { email: 'ada@x.io', phone: '+4930901820' }),
      see(700, { 'source:s': '7', phone: '+4930901820' }),
      see(6, { 'source:s': '7', anonymous_id: 'd2', user_id: 'ada' }),
    ];
    const expected = JSON.stringify(people(events));
    let differing = 0;
    for (const order of permutations(events)) if (JSON.stringify(people(order)) !== expected) differing += 1;
    expect(differing).toBe(0);
  }, 60_000);
});

function* permutations<T>(list: T[]): Generator<T[]> {
  if (list.length <= 1) yield list;
  for (const [at, first] of list.entries()) {
    for (const rest of permutations([...list.slice(0, at), ...list.slice(at + 1)])) yield [first, ...rest];
  }
}
