import { DateTime } from 'luxon';

/** The instant a column's text means, as Postgres writes it: `2026-11-01 10:00:00.123456+00`, or without a zone. */
export function instantOf(text: string, timezone: string): Date | null {
  const at = DateTime.fromSQL(text.replace('T', ' '), { zone: timezone });
  return at.isValid ? at.getPossibleOffsets()[0]!.toJSDate() : null;
}

/** An instant as a column without a zone holds it, local to `timezone`. */
export function localText(at: Date, timezone: string): string {
  return DateTime.fromJSDate(at, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm:ss');
}
