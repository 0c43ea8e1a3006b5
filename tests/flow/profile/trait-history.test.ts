import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeHistories } from '../../../src/flow/profile/trait-history.ts';
import type { StoredTraitValue, TraitValue } from '../../../src/flow/profile/trait-values.sql.ts';

const say = (day: number, value: string): TraitValue => ({
  profileId: 'p',
  name: 'plan',
  sourceId: 's',
  viaKind: 'user_id',
  viaValue: 'ada',
  changedAt: new Date(Date.UTC(2026, 0, day)),
  json: JSON.stringify(value),
});

/** What stands after some batches, as the table would hold it. */
function afterBatches(batches: TraitValue[][]): StoredTraitValue[] {
  const standing = new Map<number, StoredTraitValue>();
  for (const batch of batches) {
    const { upsert, remove } = mergeHistories([...standing.values()], batch);
    for (const value of remove) standing.delete(value.changedAt.getTime());
    for (const value of upsert) standing.set(value.changedAt.getTime(), value);
  }
  return [...standing.values()].sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime());
}

test('a value said again is no news: it holds since it was first said', () => {
  const found = afterBatches([[say(3, 'pro')], [say(5, 'pro')], [say(1, 'free')], [say(2, 'free')]]);
  expect(found.map(({ changedAt, json, isCurrent }) => [changedAt.getUTCDate(), json, isCurrent])).toEqual([
    [1, '"free"', false],
    [2, '"free"', false],
    [3, '"pro"', true],
    [5, '"pro"', false],
  ]);
});

test('a value that comes back is a change each time', () => {
  expect(afterBatches([[say(1, 'a'), say(2, 'b'), say(3, 'a')]])).toHaveLength(3);
});

test('the same value holds, however the values came', () => {
  const days = fc.uniqueArray(
    fc.record({ day: fc.integer({ min: 1, max: 28 }), value: fc.constantFrom('a', 'b', 'c') }),
    {
      selector: ({ day }) => day,
      maxLength: 12,
    },
  );
  const shuffled = days.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      const whole = afterBatches([list.map(({ day, value }) => say(day, value))]);
      const single = afterBatches(other.map(({ day, value }) => [say(day, value)]));
      const holding = (values: StoredTraitValue[]) =>
        values.filter(({ isCurrent }) => isCurrent).map(({ json }) => json);
      expect(holding(single)).toEqual(holding(whole));
      expect(holding(whole)).toHaveLength(list.length > 0 ? 1 : 0);
    }),
  );
});
