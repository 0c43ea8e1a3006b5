import { Invalid } from '../base/errors.ts';
import { LIMITS } from './limits.ts';

/** Reads a body as JSON. Refused: what is no JSON, what nests too deep, keys that would reach a prototype. */
export function parseJson(bytes: Buffer): unknown {
  const value = readJson(bytes);
  const issue = findHostileKey(value);
  if (issue) throw new Invalid([issue]);
  return value;
}

function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Invalid([{ path: '', message: 'The body is not JSON.' }], { cause });
  }
}

/** Without recursion: depth is the sender's choice. */
function findHostileKey(value: unknown): { path: string; message: string } | null {
  const waiting = [{ path: '', depth: 0, value }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= LIMITS.jsonDepth)
      return { path: '', message: `The body nests deeper than ${LIMITS.jsonDepth} levels.` };
    for (const [key, inner] of Object.entries(next.value)) {
      const path = next.path ? `${next.path}.${key}` : key;
      if (key === '__proto__') return { path, message: 'This name is not allowed.' };
      waiting.push({ path, depth: next.depth + 1, value: inner });
    }
  }
  return null;
}
