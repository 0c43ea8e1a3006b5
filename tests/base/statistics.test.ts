import { describe, expect, test } from 'vitest';
import {
  adjustChances,
  differenceChance,
  effectSize,
  exactChance,
  normalChance,
  zOf,
} from '../../src/base/statistics.ts';

/** Equal to so many significant digits. */
function near(found: number, wanted: number, digits = 9): void {
  expect(Math.abs(found - wanted), `${found} against ${wanted}`).toBeLessThanOrEqual(
    Math.abs(wanted) * 10 ** -digits,
  );
}
const share = (count: number, of: number) => ({ count, of });

describe('the chance of a difference', () => {
  test('has the tails of the normal curve, near and far (figures of scipy 1.17, norm.sf)', () => {
    expect(normalChance(0)).toBe(1);
    near(normalChance(0.5), 0.6170750774519738);
    near(normalChance(1.96), 0.04999579029644087);
    near(normalChance(-3), 0.0026997960632601866);
    near(normalChance(8), 1.244192114854348e-15);
    near(normalChance(37), 1.1451142445047853e-299);
  });

  test('follows the test of two proportions where there are enough (scipy)', () => {
    near(zOf(share(43, 612), share(31, 1015)), 3.7248210699220814);
    near(differenceChance(share(43, 612), share(31, 1015)), 0.00019545380642179309);
    near(differenceChance(share(15, 100), share(25, 100)), 0.07709987174354177);
    near(differenceChance(share(500, 10_000), share(800, 10_000)), 7.641043633031066e-18);
  });

  test('is Fisher’s where there are few: the lady tasting tea, and the twins of criminals (as published)', () => {
    near(exactChance(share(3, 4), share(1, 4)), 0.48571428571428565);
    near(exactChance(share(2, 12), share(15, 18)), 0.0005367241191434357);
    near(differenceChance(share(2, 12), share(15, 18)), 0.0005367241191434357);
    expect(differenceChance(share(0, 30), share(12, 912))).toBeCloseTo(1, 9);
  });

  test('is one where there is nothing to tell apart', () => {
    expect(differenceChance(share(0, 0), share(5, 10))).toBe(1);
    expect(differenceChance(share(10, 10), share(20, 20))).toBeCloseTo(1, 9);
    expect(differenceChance(share(0, 5000), share(0, 5000))).toBe(1);
    expect(zOf(share(5, 5), share(9, 9))).toBe(0);
  });
});

test('how far two shares lie apart is Cohen’s h', () => {
  near(effectSize(0.5, 0.25), Math.PI / 6);
  near(effectSize(43 / 612, 31 / 1015), 0.18522167116322386);
  near(effectSize(7 / 60, 60 / 4000), 0.45159761612694027);
  expect(effectSize(0.3, 0.3)).toBe(0);
});

describe('looking at many things', () => {
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];

  test('keeps the four of the fifteen that Benjamini and Hochberg kept in 1995', () => {
    const adjusted = adjustChances(published);
    expect(adjusted.filter((one) => one <= 0.05)).toHaveLength(4);
    near(adjusted[0]!, 0.0015);
    near(adjusted[3]!, 0.035625);
    near(adjusted[5]!, 0.06385714285714286);
    near(adjusted[6]!, 0.06385714285714286);
    expect(adjusted.at(-1)).toBe(1);
  });

  test('does not depend on the order in which they were looked at', () => {
    const mixed = published.toReversed();
    expect(adjustChances(mixed).toReversed()).toEqual(adjustChances(published));
    expect(adjustChances([])).toEqual([]);
  });
});
