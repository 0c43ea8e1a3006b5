import { createHash } from 'node:crypto';

/**
 * The version of a row that its vendor dates by the second: the time decides which is newer, and a mark of the words
 * tells two states of the same second apart. Without it the second state would pass for the first, and be lost.
 */
export function versionAt(at: Date, payload: unknown): string {
  const mark = createHash('sha256').update(JSON.stringify(payload)).digest('base64url').slice(0, 12);
  return `${at.toISOString()}#${mark}`;
}
