import { DateTime } from 'luxon';

/** Whole local days of a workspace: `days` ending with today, and as many before them. Bounds are [from, to). */
export type Period = {
  days: number;
  zone: string;
  from: Date;
  to: Date;
  previousFrom: Date;
  /** Local dates YYYY-MM-DD of the period, first to last. */
  dates: string[];
  previousDates: string[];
};

/** The last `days` local days up to and with the day of `asOf`. */
export function lastDays(zone: string, asOf: Date, days: number): Period {
  const tomorrow = DateTime.fromJSDate(asOf, { zone }).startOf('day').plus({ days: 1 });
  const dayAt = (back: number) => tomorrow.minus({ days: back });
  return {
    days,
    zone,
    from: dayAt(days).toJSDate(),
    to: tomorrow.toJSDate(),
    previousFrom: dayAt(2 * days).toJSDate(),
    dates: datesOf(dayAt(days), days),
    previousDates: datesOf(dayAt(2 * days), days),
  };
}

function datesOf(first: DateTime, days: number): string[] {
  return Array.from({ length: days }, (_, index) => first.plus({ days: index }).toISODate() ?? '');
}
