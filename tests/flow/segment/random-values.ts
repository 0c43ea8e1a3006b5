import fc from 'fast-check';

/** Names, values and dates for random people and rules: few and strange ones, so that they often meet. */
export const EVENT_NAMES = ['order_placed', 'page_viewed', "it's; drop", 'signed_up', 'email_sent'];
export const NAMES = ['plan', 'a.b', 'items.sku', 'items', 'ends', 'quote"$1', '__proto__x', 'größe'];
export const DURATIONS = ['1h', '60m', '1d', '7d', '1w', '30d', '25h'];
/** Segments that rules may name, each naming the one before: see agreement.ts. */
export const BASES = ['base', 'second', 'third'];

const DAY_MS = 86_400_000;
const TEXTS = [
  '',
  'pro',
  'PRO',
  'Straße',
  '5',
  '5.0',
  '05',
  'true',
  '%',
  "o'; drop table x; --",
  'İz',
  '1e3',
  '-0',
];
const DATES = [
  '2026-03-29',
  '2026-03-29T02:30',
  '2026-10-25T02:30',
  '2026-02-29',
  '2024-02-29',
  '2026-11-20T10:00:00Z',
  '2026-11-23',
  '1999-12-31',
  '0001-01-01',
  '9999-12-31',
  '9999-12-31T23:59:59',
];

/** Texts and numbers as traits and properties have them; many of the texts are dates around a moment. */
export function scalarsAround(at: Date): fc.Arbitrary<unknown> {
  const texts = fc.constantFrom(...TEXTS, ...datesAround(at));
  return fc.oneof(texts, numbers(), fc.boolean());
}

export function textsAround(at: Date): fc.Arbitrary<string> {
  return fc.constantFrom(...TEXTS, ...datesAround(at));
}

export function numbers(): fc.Arbitrary<number> {
  return fc.constantFrom(0, 5, -3, 0.1, 0.3, 2.5, 1e21, 1234567.1234567, 12);
}

/** Days and times near the moment, also those that a change of clocks skips or repeats, and the same days of other years. */
export function datesAround(at: Date): string[] {
  const days = [-30, -7, -1, 0, 1, 7, 30].map((ahead) => dayAround(at, ahead));
  const times = ['T00:00', 'T00:30', 'T01:45', 'T02:30', 'T03:15', 'T23:59:59.999'];
  return [
    ...DATES,
    ...days,
    ...times.map((time) => `${dayAround(at, 0)}${time}`),
    ...[-60, -1, 0, 1, 60, 1500].map((minutes) => new Date(at.getTime() + minutes * 60_000).toISOString()),
    ...[0, 1, 7].map((ahead) => `1988${dayAround(at, ahead).slice(4)}`),
  ];
}

export function dayAround(at: Date, ahead: number): string {
  return new Date(at.getTime() + ahead * DAY_MS).toISOString().slice(0, 10);
}
