/** So many of so many. */
export type Share = { count: number; of: number };

/** Below this many expected in a cell the normal curve misjudges the chance, and the exact test is cheap. */
const ENOUGH_EXPECTED = 10;

/** The two-sided chance of a difference at least this large between two groups that do not differ. */
export function differenceChance(one: Share, other: Share): number {
  const held = one.count + other.count;
  const all = one.of + other.of;
  if (all === 0 || one.of === 0 || other.of === 0) return 1;
  const least = (Math.min(one.of, other.of) * Math.min(held, all - held)) / all;
  return least < ENOUGH_EXPECTED ? exactChance(one, other) : normalChance(zOf(one, other));
}

/** z of two proportions with the pooled variance. */
export function zOf(one: Share, other: Share): number {
  const pooled = (one.count + other.count) / (one.of + other.of);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / one.of + 1 / other.of));
  return spread === 0 ? 0 : (one.count / one.of - other.count / other.of) / spread;
}

/** Both tails of the standard normal curve beyond |z|; exact to about 1e-14 of itself, however far out. */
export function normalChance(z: number): number {
  return complementaryError(Math.abs(z) / Math.SQRT2);
}

/**
 * Fisher's exact test, two-sided as statisticians' programs have it: the sum over all tables with the same margins
 * that are no more likely than this one.
 */
export function exactChance(one: Share, other: Share): number {
  const held = one.count + other.count;
  const all = one.of + other.of;
  const chanceOf = (count: number) =>
    Math.exp(logChoose(held, count) + logChoose(all - held, one.of - count) - logChoose(all, one.of));
  // Equally likely tables differ by rounding only.
  const limit = chanceOf(one.count) * (1 + 1e-7);
  let total = 0;
  for (let count = Math.max(0, one.of - (all - held)); count <= Math.min(held, one.of); count += 1) {
    const chance = chanceOf(count);
    if (chance <= limit) total += chance;
  }
  return Math.min(1, total);
}

/** Cohen's h: how far two shares lie apart, whatever the size of the groups. 0.2 is small, 0.5 medium, 0.8 large. */
export function effectSize(one: number, other: number): number {
  return 2 * Math.asin(Math.sqrt(one)) - 2 * Math.asin(Math.sqrt(other));
}

/**
 * Benjamini and Hochberg (1995): each chance corrected for how many were looked at. Keeping what is at most 0.05
 * keeps about one false find in twenty, not one in twenty of everything that was tried.
 */
export function adjustChances(chances: number[]): number[] {
  const order = chances.map((_, index) => index).sort((a, b) => chances[b]! - chances[a]!);
  const adjusted = new Array<number>(chances.length);
  let lowest = 1;
  order.forEach((index, fromLargest) => {
    const rank = chances.length - fromLargest;
    lowest = Math.min(lowest, (chances[index]! * chances.length) / rank);
    adjusted[index] = lowest;
  });
  return adjusted;
}

/** Where the series stops being quick and the continued fraction starts to be. */
const SERIES_END = 2;
const TERMS = 200;

function complementaryError(x: number): number {
  return x < SERIES_END ? 1 - errorSeries(x) : errorFraction(x);
}

function errorSeries(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < TERMS; n += 1) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** erfc(x) = exp(-x²) / √π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the far end. */
function errorFraction(x: number): number {
  let tail = x;
  for (let n = TERMS; n >= 1; n -= 1) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series from 20 on, where its next term is below 1e-13; before that the product itself. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor += 1) product *= factor;
    return Math.log(product);
  }
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series;
}
