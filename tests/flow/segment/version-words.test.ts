import { expect, test } from 'vitest';
import { compareDefinitions, describeVersion } from '../../../src/flow/segment/version-words.ts';

const plan = (value: string) => ({ trait: 'plan', op: 'eq', value });
const bought = (last: string, times: number) => ({
  event: 'order_placed',
  count: { op: 'gte', value: times },
  within: { last },
});
const german = { trait: 'country', op: 'eq', value: 'DE' };
const loyal = { fact: 'orders', op: 'gte', value: 3 };
const NONE = { added: [], removed: [], changed: [] };

test.each<[string, unknown, unknown, object]>([
  ['nothing', { all: [plan('gold')] }, { all: [plan('gold')] }, NONE],
  [
    'nothing, in another order',
    { all: [plan('a'), bought('30d', 2)] },
    { all: [bought('30d', 2), plan('a')] },
    NONE,
  ],
  [
    'one more',
    { all: [plan('gold')] },
    { all: [plan('gold'), bought('30d', 2)] },
    { ...NONE, added: ['order_placed at least 2 times in the last 30 days'] },
  ],
  [
    'one fewer',
    { all: [plan('a'), bought('30d', 2)] },
    { all: [bought('30d', 2)] },
    { ...NONE, removed: ['plan is “a”'] },
  ],
  [
    'a longer time',
    { all: [bought('30d', 2)] },
    { all: [bought('60d', 2)] },
    {
      ...NONE,
      changed: [
        {
          from: 'order_placed at least 2 times in the last 30 days',
          to: 'order_placed at least 2 times in the last 60 days',
        },
      ],
    },
  ],
  [
    'one of two alike',
    { any: [plan('a'), plan('b')] },
    { any: [plan('a'), plan('c')] },
    { ...NONE, changed: [{ from: 'plan is “b”', to: 'plan is “c”' }] },
  ],
  [
    'how they are put together',
    { all: [plan('a'), bought('30d', 1)] },
    { none: [plan('a'), bought('30d', 1)] },
    {
      ...NONE,
      changed: [
        {
          from: 'all of: plan is “a” and order_placed at least 1 time in the last 30 days',
          to: 'none of: plan is “a”; order_placed at least 1 time in the last 30 days',
        },
      ],
    },
  ],
  [
    'one fewer, and another now denied',
    { all: [plan('a'), german, loyal] },
    { all: [plan('a'), { none: [german] }] },
    {
      ...NONE,
      removed: ['Orders is at least 3'],
      changed: [
        {
          from: 'all of: plan is “a” and country is “DE” and Orders is at least 3',
          to: 'all of: plan is “a” and (none of: country is “DE”)',
        },
      ],
    },
  ],
  [
    'one more, where one is enough now',
    { all: [plan('a'), german] },
    { any: [plan('a'), german, loyal] },
    {
      ...NONE,
      added: ['Orders is at least 3'],
      changed: [
        {
          from: 'all of: plan is “a” and country is “DE”',
          to: 'any of: plan is “a” or country is “DE” or Orders is at least 3',
        },
      ],
    },
  ],
  [
    'one exchanged, and all of it denied',
    { all: [plan('a'), german] },
    { none: [plan('a'), loyal] },
    {
      added: ['none of: Orders is at least 3'],
      removed: ['country is “DE”'],
      changed: [
        {
          from: 'all of: plan is “a” and country is “DE”',
          to: 'none of: plan is “a”; Orders is at least 3',
        },
      ],
    },
  ],
  [
    'one more that is enough beside another',
    { all: [plan('a'), german] },
    { all: [plan('a'), { any: [german, loyal] }] },
    {
      ...NONE,
      added: ['Orders is at least 3'],
      changed: [
        {
          from: 'all of: plan is “a” and country is “DE”',
          to: 'all of: plan is “a” and (country is “DE” or Orders is at least 3)',
        },
      ],
    },
  ],
  [
    'one more to leave out',
    { all: [plan('a'), { none: [german] }] },
    { all: [plan('a'), { none: [german, loyal] }] },
    { ...NONE, added: ['none of: Orders is at least 3'] },
  ],
  [
    'one more that is enough among several',
    { any: [plan('a'), german] },
    { any: [loyal, plan('a'), german] },
    { ...NONE, added: ['Orders is at least 3'] },
  ],
])('%s', (_name, before, after, expected) => {
  expect(compareDefinitions(before, after)).toEqual(expected);
});

test('a rule that can no longer be read is said to be that', () => {
  expect(compareDefinitions({ horoscope: 1 }, { all: [] })).toBeNull();
  expect(describeVersion({ horoscope: 1 })).toBe('This rule can no longer be read.');
});
