import fc from 'fast-check';
import { expect, test } from 'vitest';
import { turnsOf } from '../../../src/flow/segment/turns.ts';

const group = (name: string, people: number) => ({
  segments: [name],
  people: Array.from({ length: people }, (_, index) => `${name} ${index}`),
});
const groups = fc
  .array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 6 })
  .map((sizes) => sizes.map((size, index) => group(`g${index}`, size)));
const peopleOf = (some: { people: string[] }[]) => some.flatMap(({ people }) => people);

test('everyone is looked at once, whatever the sizes, and nobody who is bound is looked at elsewhere', () => {
  fc.assert(
    fc.property(groups, groups, (bound, free) => {
      const others = free.map(({ segments, people }) => ({
        segments,
        people: people.map((id) => `free ${id}`),
      }));
      const turns = turnsOf(bound, others);
      const beside = turns.flatMap((turn) => peopleOf(turn.beside));
      const here = turns.flatMap((turn) => peopleOf(turn.here));
      expect([...here, ...beside].sort()).toEqual([...peopleOf(bound), ...peopleOf(others)].sort());
      expect(beside.every((id) => id.startsWith('free '))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('no statement is sent more than ten thousand people', () => {
  const turns = turnsOf([group('changed', 25_000)], [group('due', 31_000)]);
  for (const { here, beside } of turns) {
    expect(peopleOf(here).length).toBeLessThanOrEqual(10_000);
    expect(peopleOf(beside).length).toBeLessThanOrEqual(10_000);
  }
});

test('two connections share the people about evenly', () => {
  const [turn] = turnsOf([group('changed', 2_000)], [group('a', 900), group('b', 700), group('c', 300)]);
  expect(peopleOf(turn!.here)).toHaveLength(2_000);
  expect(peopleOf(turn!.beside)).toHaveLength(1_900);
  const [due] = turnsOf([], [group('a', 900), group('b', 700), group('c', 300)]);
  expect(peopleOf(due!.here)).toHaveLength(900);
  expect(peopleOf(due!.beside)).toHaveLength(1_000);
});

test('a few people are not worth a second connection', () => {
  expect(turnsOf([], [group('a', 300), group('b', 200)])).toMatchObject([{ beside: [] }]);
});
