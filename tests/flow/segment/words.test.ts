import { expect, test } from 'vitest';
import { describeDefinition } from '../../../src/flow/segment/words.ts';

const german = { trait: 'country', op: 'eq', value: 'DE' };
const loyal = { fact: 'orders', op: 'gte', value: 3 };
const golden = { trait: 'plan', op: 'eq', value: 'gold' };

test.each<[string, object, string]>([
  ['all', { all: [german, loyal] }, 'country is “DE” and Orders is at least 3'],
  [
    'a group in a group',
    { all: [{ any: [german, golden] }, loyal] },
    '(country is “DE” or plan is “gold”) and Orders is at least 3',
  ],
  ['none of one', { none: [german] }, 'none of: country is “DE”'],
  [
    'none of one, beside another',
    { all: [{ none: [german] }, loyal] },
    '(none of: country is “DE”) and Orders is at least 3',
  ],
  [
    'none of one in a group of its own',
    { any: [{ all: [{ none: [german] }] }, loyal] },
    '(none of: country is “DE”) or Orders is at least 3',
  ],
  ['none of none', { none: [{ none: [german] }] }, 'none of: (none of: country is “DE”)'],
  [
    'at least one of one, beside another',
    { any: [{ atLeast: 1, of: [german] }, loyal] },
    '(at least 1 of: country is “DE”) or Orders is at least 3',
  ],
  [
    'none of several, alone',
    { all: [{ none: [german, golden] }] },
    'none of: country is “DE”; plan is “gold”',
  ],
  ['nothing', { all: [{ all: [] }, loyal] }, 'everyone and Orders is at least 3'],
])('%s reads as it is meant', (_name, definition, sentence) => {
  expect(describeDefinition(definition)).toBe(sentence);
});

test('segments and sources are said by their names where those are known', () => {
  const rule = {
    all: [
      { segment: 'library-high-spenders', is: 'in' },
      { source: 'shop-2', is: 'not seen' },
    ],
  };
  expect(describeDefinition(rule)).toBe(
    'in the segment library-high-spenders and not seen at the source shop-2',
  );
  const titles = {
    segments: new Map([['library-high-spenders', 'High spenders']]),
    sources: new Map([['shop-2', 'Our shop']]),
  };
  expect(describeDefinition(rule, titles)).toBe(
    'in the segment “High spenders” and not seen at the source “Our shop”',
  );
});
