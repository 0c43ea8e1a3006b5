import { DateTime } from 'luxon';
import { now } from '../../base/clock.ts';

/** Figures, times and words for the eye. Everything here returns text; nothing here decides. */
const LOCALE = 'en-GB';
const NO_VALUE = '–';

/** Made once: to make one takes as long as to write a hundred figures with it, and a page has hundreds. */
const NUMBERS = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const PERCENTS = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const DAYS = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const MONEY = new Map<string, Intl.NumberFormat>();

/** 1,234 */
export function formatNumber(value: number | bigint | string | null): string {
  if (value === null) return NO_VALUE;
  return NUMBERS.format(typeof value === 'string' ? Number(value) : value);
}

/** €1,234.50, whole units from a million on. Exact text comes from the database; only the showing rounds. */
export function formatMoney(amount: number | string | null, currency: string): string {
  if (amount === null) return NO_VALUE;
  const value = Number(amount);
  return moneyFormat(currency, Math.abs(value) >= 1_000_000).format(value);
}

function moneyFormat(currency: string, isWhole: boolean): Intl.NumberFormat {
  const name = `${currency} ${isWhole}`;
  const format =
    MONEY.get(name) ??
    new Intl.NumberFormat(LOCALE, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      ...(isWhole ? { maximumFractionDigits: 0 } : {}),
    });
  MONEY.set(name, format);
  return format;
}

/** 12.3%, of a share between 0 and 1. */
export function formatPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return NO_VALUE;
  return (Math.abs(share) < 0.1 ? TENTHS : PERCENTS).format(share);
}

/** 22 Nov 2026, in the zone of the workspace. */
export function formatDate(at: Date | null, zone: string): string {
  return at ? inZone(at, zone).toFormat('d LLL yyyy') : NO_VALUE;
}

/** 22 Nov, of a local day written 2026-11-22. */
export function formatDay(day: string): string {
  return DAYS.format(new Date(`${day}T00:00:00Z`));
}

/** 22 Nov 2026, 14:05 */
export function formatDateTime(at: Date | null, zone: string): string {
  return at ? inZone(at, zone).toFormat('d LLL yyyy, HH:mm') : NO_VALUE;
}

/** 14:05 */
export function formatTime(at: Date | null, zone: string): string {
  return at ? inZone(at, zone).toFormat('HH:mm') : NO_VALUE;
}

/** just now, 5 minutes ago, in 3 days */
export function formatAgo(at: Date | null, from: Date = now()): string {
  if (!at) return 'never';
  const seconds = (at.getTime() - from.getTime()) / 1000;
  if (Math.abs(seconds) < 45) return 'just now';
  const [unit, size] = UNITS.find(([, unitSize]) => Math.abs(seconds) >= unitSize * 0.95) ?? UNITS.at(-1)!;
  return AGO.format(Math.round(seconds / size), unit);
}

/** 850 ms, 12 s, 4 min 10 s */
export function formatDuration(ms: number | null): string {
  if (ms === null) return NO_VALUE;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** 1 person, 2 people */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** What a viewer sees of an address or a phone: enough to tell two apart, too little to write to. */
export function mask(value: string): string {
  const [local, domain] = value.split('@');
  if (local && domain)
    return `${[...local][0]}•••@${[...domain][0]}•••${domain.slice(domain.lastIndexOf('.'))}`;
  return value.length > 4 ? `${value.slice(0, 2)}•••${value.slice(-2)}` : '•••';
}

/** The value as it is, or masked for a viewer. */
export function maskFor(role: 'viewer' | 'marketer' | 'admin', value: string | null): string {
  if (value === null) return NO_VALUE;
  return role === 'viewer' ? mask(value) : value;
}

/** The instant for <time datetime>. */
export function isoOf(at: Date | null): string {
  return at?.toISOString() ?? '';
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

function inZone(at: Date, zone: string): DateTime {
  return DateTime.fromJSDate(at, { zone }).setLocale(LOCALE);
}
