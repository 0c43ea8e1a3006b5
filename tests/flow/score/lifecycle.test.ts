import { expect, test } from 'vitest';
import { limitsFromGaps } from '../../../src/flow/score/lifecycle.ts';

test('limits of the lifecycle stay within what a window of a rule may say, however long people wait', () => {
  const row = '2' as const;
  const few = limitsFromGaps({ row, gaps: 1, p40: null, p80: null, mean: 5_900 });
  expect([few.activeDays, few.atRiskDays]).toEqual([5_900, 10_000]);
  const many = limitsFromGaps({ row, gaps: 60, p40: 20_000, p80: 30_000, mean: 25_000 });
  expect([many.activeDays, many.atRiskDays]).toEqual([9_999, 10_000]);
});
