import type { Issue } from '../../base/errors.ts';
import { TRACKING_LIMITS } from './limits.ts';
import { isStorableText } from './storable.ts';

/** The call itself lies one level above its properties. */
const MAX_LEVELS = TRACKING_LIMITS.levels + 1;

/**
 * The first thing in a call that cannot be kept or is over a limit. It descends no deeper than the limit, so a
 * hostile depth costs nothing; the path is put together on the way back, so a good call costs no path at all.
 */
export function findMisshape(value: unknown, level = 0): Issue | null {
  if (typeof value === 'string') return findBadText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? null : here('The number is too large.');
  if (typeof value !== 'object' || value === null) return null;
  if (level >= MAX_LEVELS) return here(`It nests deeper than ${TRACKING_LIMITS.levels} levels.`);
  return Array.isArray(value) ? findInList(value, level) : findInRecord(value, level);
}

/** What goes to quarantine of something misshapen: as much of it as tells what it was. */
export function cutDown(value: unknown, level = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (level > MAX_LEVELS) return '…';
  if (Array.isArray(value))
    return value.slice(0, TRACKING_LIMITS.batchEvents).map((element) => cutDown(element, level + 1));
  const keys = Object.keys(value).slice(0, TRACKING_LIMITS.keysPerObject);
  return Object.fromEntries(keys.map((key) => [key, cutDown(Reflect.get(value, key), level + 1)]));
}

function findInList(list: unknown[], level: number): Issue | null {
  for (let at = 0; at < list.length; at++) {
    const issue = findMisshape(list[at], level + 1);
    if (issue) return within(at, issue);
  }
  return null;
}

function findInRecord(record: object, level: number): Issue | null {
  const keys = Object.keys(record);
  const most = TRACKING_LIMITS.keysPerObject;
  if (keys.length > most) return here(`It has ${keys.length} names; ${most} is the most.`);
  for (const key of keys) {
    const bad = key === '__proto__' ? here('The name __proto__ is not allowed.') : findBadText(key);
    if (bad) return bad;
    const issue = findMisshape(Reflect.get(record, key), level + 1);
    if (issue) return within(key, issue);
  }
  return null;
}

function findBadText(text: string): Issue | null {
  const most = TRACKING_LIMITS.textBytes;
  // Four bytes a character at most, so most texts need no counting.
  if (text.length * 4 > most && Buffer.byteLength(text) > most)
    return here(`The text is longer than ${most} bytes.`);
  return isStorableText(text) ? null : here('The text holds a NUL or half of a character.');
}

function here(message: string): Issue {
  return { path: '', message };
}

function within(key: string | number, { path, message }: Issue): Issue {
  return { path: path ? `${key}.${path}` : String(key), message };
}
