import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;
const DATE_TEXT =
  /^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]+))?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$/;

/** The instant a date text means, or null. `rule_instant` of the migrations is the same in SQL. */
export function readInstant(text: string, zone: string): number | null {
  const found = DATE_TEXT.exec(text);
  if (!found) return null;
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', offset] =
    found;
  const midnight = utcDay(Number(year), Number(month), Number(day));
  if (midnight === null) return null;
  const milliseconds = Number(`${fraction}000`.slice(0, 3));
  const local = midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + milliseconds;
  return offset === undefined ? instantOfLocal(local, zone) : local - readOffset(offset);
}

/** True for a bare day, `2026-02-28`. */
export function isDay(text: string): boolean {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);
}

/** The local day number (days since 1970-01-01) of an instant. */
export function localDayOf(instant: number, zone: string): number {
  return Math.floor((instant + offsetAt(instant, zone)) / DAY_MS);
}

/** The first instant of a local day: its first midnight, or where midnight is skipped, the moment after. */
export function startOfDay(day: number, zone: string): number {
  return instantOfLocal(day * DAY_MS, zone);
}

/** Year, month (1-12), day of month and weekday (0 is Monday) of a day number. */
export function calendarOf(day: number): {
  year: number;
  month: number;
  dayOfMonth: number;
  weekday: number;
} {
  const date = new Date(day * DAY_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    dayOfMonth: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
  };
}

/** The day number of a date of the calendar; months may overflow. */
export function dayNumber(year: number, month: number, dayOfMonth: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  return date.getTime() / DAY_MS;
}

function utcDay(year: number, month: number, dayOfMonth: number): number | null {
  if (year < 1) return null;
  const day = dayNumber(year, month, dayOfMonth);
  return calendarOf(day).dayOfMonth === dayOfMonth ? day * DAY_MS : null;
}

function readOffset(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

/**
 * A local time as an instant: of two the first; a time that is skipped is read with the offset from before the
 * gap. Written out because luxon takes whichever of two its present offset suggests.
 */
function instantOfLocal(local: number, zone: string): number {
  const before = offsetAt(local - DAY_MS, zone);
  const after = offsetAt(local + DAY_MS, zone);
  const candidates = [local - Math.max(before, after), local - Math.min(before, after)];
  const real = candidates.find((instant) => instant + offsetAt(instant, zone) === local);
  return real ?? local - before;
}

function offsetAt(instant: number, zone: string): number {
  return Math.round(IANAZone.create(zone).offset(instant) * 60_000);
}
