import { z } from 'zod';
import { calendarOf, dayNumber, localDayOf, readInstant, startOfDay } from '../../../base/local-times.ts';
import type { Moment } from './moments.ts';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const UNIT_WORDS = { m: 'minute', h: 'hour', d: 'day', w: 'week' };

export const duration = z
  .string()
  .regex(/^([1-9][0-9]{0,3}|10000)[mhdw]$/, 'A whole number from 1 to 10,000 and m, h, d or w, such as 30d.')
  .meta({ title: 'Duration', example: '30d' });

export const dateText = z
  .string()
  .refine((text) => readInstant(text, 'UTC') !== null, 'A date such as 2026-03-31 or 2026-03-31T18:00.');

const CALENDAR = [
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'this year',
] as const;

/** A stretch of time, mostly relative to the moment of evaluation. */
export const window = z
  .strictObject({
    last: duration.optional(),
    between: z.tuple([duration, duration]).optional(),
    next: duration.optional(),
    from: dateText.optional(),
    to: dateText.optional(),
    calendar: z.enum(CALENDAR).optional(),
  })
  .superRefine((value, context) => {
    const ways = [value.last, value.between, value.next, value.calendar, value.from ?? value.to];
    const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (ways.filter((way) => way !== undefined).length !== 1)
      issue([], 'Give one of last, between, next, calendar, or from and to.');
    if (value.between && durationMs(value.between[0]) <= durationMs(value.between[1]))
      issue(['between'], 'The longer time ago comes first.');
    if (value.from && value.to && readInstant(value.from, 'UTC')! > readInstant(value.to, 'UTC')!)
      issue(['to'], 'The end lies before the start.');
  });
export type Window = z.infer<typeof window>;

/** Instants with what belongs to them: `fromIncluded` is [from, …), else (from, …]; null is without end. */
export type Bounds = { from: number | null; to: number | null; fromIncluded: boolean };

export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS];
}

/** (asOf - d, asOf] and the like; from/to and calendar windows are [from, to). */
export function boundsOf(given: Window, moment: Moment): Bounds {
  const asOf = moment.asOf.getTime();
  if (given.last) return { from: asOf - durationMs(given.last), to: asOf, fromIncluded: false };
  if (given.next) return { from: asOf, to: asOf + durationMs(given.next), fromIncluded: false };
  if (given.between)
    return {
      from: asOf - durationMs(given.between[0]),
      to: asOf - durationMs(given.between[1]),
      fromIncluded: false,
    };
  if (given.calendar) return calendarBounds(given.calendar, moment);
  const read = (text?: string) => (text === undefined ? null : readInstant(text, moment.zone));
  return { from: read(given.from), to: read(given.to), fromIncluded: true };
}

export function isWithin(instant: number, bounds: Bounds): boolean {
  const { from, to, fromIncluded } = bounds;
  const afterStart = from === null || (fromIncluded ? instant >= from : instant > from);
  return afterStart && (to === null || (fromIncluded ? instant < to : instant <= to));
}

/** The stretches that an end of the window sweeps over between two moments, both ends included. */
export function sweptBy(given: Window, before: Moment, after: Moment): { from: number; to: number }[] {
  const old = boundsOf(given, before);
  const now = boundsOf(given, after);
  return [sweep(old.from, now.from), sweep(old.to, now.to)].flat();
}

export function windowWords(given: Window): string {
  if (given.last) return `in the last ${durationWords(given.last)}`;
  if (given.next) return `in the next ${durationWords(given.next)}`;
  if (given.between)
    return `between ${durationWords(given.between[0])} and ${durationWords(given.between[1])} ago`;
  if (given.calendar) return /^(to|yes)/.test(given.calendar) ? given.calendar : `in ${given.calendar}`;
  return [given.from ? `from ${given.from}` : '', given.to ? `before ${given.to}` : '']
    .filter(Boolean)
    .join(' ');
}

export function durationWords(text: string): string {
  const count = Number(text.slice(0, -1));
  const unit = UNIT_WORDS[text.slice(-1) as keyof typeof UNIT_WORDS];
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

/** The local day of an instant as [midnight, next midnight). */
export function dayBounds(instant: number, zone: string): Bounds {
  return daysBounds(localDayOf(instant, zone), localDayOf(instant, zone) + 1, zone);
}

function calendarBounds(name: (typeof CALENDAR)[number], moment: Moment): Bounds {
  const today = localDayOf(moment.asOf.getTime(), moment.zone);
  const { year, month, weekday } = calendarOf(today);
  const monday = today - weekday;
  const days: Record<(typeof CALENDAR)[number], [number, number]> = {
    today: [today, today + 1],
    yesterday: [today - 1, today],
    'this week': [monday, monday + 7],
    'last week': [monday - 7, monday],
    'this month': [dayNumber(year, month, 1), dayNumber(year, month + 1, 1)],
    'last month': [dayNumber(year, month - 1, 1), dayNumber(year, month, 1)],
    'this year': [dayNumber(year, 1, 1), dayNumber(year + 1, 1, 1)],
  };
  return daysBounds(...days[name], moment.zone);
}

function daysBounds(first: number, end: number, zone: string): Bounds {
  return { from: startOfDay(first, zone), to: startOfDay(end, zone), fromIncluded: true };
}

function sweep(old: number | null, now: number | null): { from: number; to: number }[] {
  return old === null || now === null || old === now
    ? []
    : [{ from: Math.min(old, now), to: Math.max(old, now) }];
}
