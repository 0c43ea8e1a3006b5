/**
 * Which of two versions of a thing is newer: positive if `a` is. A version is the vendor's update time or number;
 * a hash of the payload has no order, then (0) the one received later counts as newer. What follows a `#` tells
 * states of the same second apart and has no order either.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const first = readVersion(a);
  const second = readVersion(b);
  if (first === null || second === null || first.kind !== second.kind) return 0;
  return first.order < second.order ? -1 : first.order > second.order ? 1 : 0;
}

type Ordered = { kind: 'number' | 'time'; order: bigint | number };

function readVersion(text: string): Ordered | null {
  if (/^\d{1,30}$/.test(text)) return { kind: 'number', order: BigInt(text) };
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const time = Date.parse(text.replace(/#.*$/, ''));
  return Number.isNaN(time) ? null : { kind: 'time', order: time };
}
