import { DateTime } from 'luxon';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A text that is a date: `YYYY-MM-DD` is its local midnight; a time without an offset is local. A local time that
 * comes twice is the first of the two. Null for any other text.
 */
export function readInstant(text: string, timezone: string): DateTime | null {
  const found = DATE.exec(text) ?? DATE_TIME.exec(text);
  if (!found) return null;
  const hasOffset = found[7] !== undefined;
  const read = DateTime.fromISO(text, { zone: timezone });
  if (!read.isValid) return null;
  return hasOffset ? read : firstOf(read);
}

function firstOf(local: DateTime): DateTime {
  return local.getPossibleOffsets().reduce((first, other) => (other < first ? other : first), local);
}
