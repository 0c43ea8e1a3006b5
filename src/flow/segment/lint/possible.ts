/** Whole numbers from one to another, both included; null is without end. */
export type Range = { from: bigint | null; to: bigint | null };

/** Which values something about a person can have: ranges in order, apart from each other, and whether none at all. */
export type Possible = { ranges: Range[]; isUnsetPossible: boolean };

export const NUMBERS: Range = { from: null, to: null };
export const NOTHING: Possible = { ranges: [], isUnsetPossible: false };

export function only(...ranges: Range[]): Possible {
  return { ranges, isUnsetPossible: false };
}

export function orUnset(possible: Possible): Possible {
  return { ...possible, isUnsetPossible: true };
}

export function point(value: bigint): Range {
  return { from: value, to: value };
}

export function isImpossible({ ranges, isUnsetPossible }: Possible): boolean {
  return ranges.length === 0 && !isUnsetPossible;
}

export function both(a: Possible, b: Possible): Possible {
  return {
    ranges: a.ranges.flatMap((one) => b.ranges.flatMap((other) => overlap(one, other))),
    isUnsetPossible: a.isUnsetPossible && b.isUnsetPossible,
  };
}

export function either(a: Possible, b: Possible): Possible {
  return invert(both(invert(a), invert(b)));
}

/** What of a domain is not among these. */
export function except(domain: Possible, possible: Possible): Possible {
  return both(domain, invert(possible));
}

function invert({ ranges, isUnsetPossible }: Possible): Possible {
  let left: Range[] = [NUMBERS];
  for (const range of ranges) left = left.flatMap((one) => without(one, range));
  return { ranges: left, isUnsetPossible: !isUnsetPossible };
}

function without(one: Range, taken: Range): Range[] {
  const before = taken.from === null ? [] : overlap(one, { from: null, to: taken.from - 1n });
  const after = taken.to === null ? [] : overlap(one, { from: taken.to + 1n, to: null });
  return [...before, ...after];
}

function overlap(a: Range, b: Range): Range[] {
  const from = a.from === null || (b.from !== null && b.from > a.from) ? b.from : a.from;
  const to = a.to === null || (b.to !== null && b.to < a.to) ? b.to : a.to;
  return from !== null && to !== null && from > to ? [] : [{ from, to }];
}
