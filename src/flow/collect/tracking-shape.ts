import type { Issue } from '../../base/errors.ts';
import { TRACKING_LIMITS } from './limits.ts';
import { isStorableText } from './storable.ts';

/** The call itself lies one level above its properties. */
const MAX_LEVELS = TRACKING_LIMITS.levels + 1;

/**
 * The first thing in a call that cannot be kept or is over a limit. It descends no deeper than the limit, so a
 * hostile depth costs nothing.
 */
export function findMisshape(value: unknown, path: string, level = 0): Issue | null {
  if (typeof value === 'string') return findBadText(value, path);
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : { path, message: 'The number is too large.' };
  if (typeof value !== 'object' || value === null) return null;
  if (level >= MAX_LEVELS) return { path, message: `It nests deeper than ${TRACKING_LIMITS.levels} levels.` };
  if (Array.isArray(value)) return findFirst(value.entries(), path, level);
  return findBadKeys(value, path) ?? findFirst(Object.entries(value), path, level);
}

/** What goes to quarantine of something misshapen: as much of it as can be kept. */
export function cutDeep(value: unknown, level = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (level > MAX_LEVELS) return '…';
  if (Array.isArray(value)) return value.map((element) => cutDeep(element, level + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutDeep(inner, level + 1)]));
}

function findFirst(entries: Iterable<[string | number, unknown]>, path: string, level: number): Issue | null {
  for (const [key, value] of entries) {
    const issue = findMisshape(value, path ? `${path}.${key}` : String(key), level + 1);
    if (issue) return issue;
  }
  return null;
}

function findBadKeys(record: object, path: string): Issue | null {
  const keys = Object.keys(record);
  const most = TRACKING_LIMITS.keysPerObject;
  if (keys.length > most) return { path, message: `It has ${keys.length} names; ${most} is the most.` };
  for (const key of keys) {
    const issue =
      key === '__proto__' ? { path, message: 'The name __proto__ is not allowed.' } : findBadText(key, path);
    if (issue) return issue;
  }
  return null;
}

function findBadText(text: string, path: string): Issue | null {
  const most = TRACKING_LIMITS.textBytes;
  // Four bytes a character at most, so most texts need no counting.
  if (text.length * 4 > most && Buffer.byteLength(text) > most) {
    return { path, message: `The text is longer than ${most} bytes.` };
  }
  return isStorableText(text) ? null : { path, message: 'The text holds a NUL or half of a character.' };
}
