import { describe, expect, test } from 'vitest';
import { findDatedTraits } from '../../../src/flow/profile/dated-traits.ts';

const read = (traits: Record<string, unknown>) =>
  findDatedTraits('00000000-0000-7000-8000-000000000001', traits, 'Europe/Berlin');

describe('the dates among the traits of a person', () => {
  test('are found behind any number of texts that are none', () => {
    const tags = Array.from({ length: 120 }, (_, n) => `tag ${n}`);
    const found = read({ marks: [...tags, '2026-12-24'] });
    expect(found).toMatchObject([{ name: 'trait:marks', ordinal: 0, month: 12, day: 24 }]);
  });

  test('are the first hundred of a list that holds more', () => {
    const days = Array.from({ length: 130 }, (_, n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString());
    expect(read({ visits: days })).toHaveLength(100);
  });
});
