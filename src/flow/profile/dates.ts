import { DateTime } from 'luxon';
import { readInstant as readMilliseconds } from '../../base/local-times.ts';

/** A text that is a date, in the zone of the workspace; null for any other text. Rules read dates the same way. */
export function readInstant(text: string, timezone: string): DateTime | null {
  const at = readMilliseconds(text, timezone);
  return at === null ? null : DateTime.fromMillis(at, { zone: timezone });
}
