import { Invalid } from '../../base/errors.ts';
import { TRACKING_LIMITS } from './limits.ts';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** When a call happened. `givenAt`: what it claimed, where that lies too far ahead to be believed. */
export type SettledTime = { occurredAt: Date; givenAt?: string | undefined };

/**
 * The time of a call, corrected by how far the sender's clock was off when it sent. A time too far ahead is taken
 * as now; one before 1900 or more than a year ahead is refused with its field.
 */
export function settleTime(message: Record<string, unknown>, sentAt: unknown, receivedAt: Date): SettledTime {
  const field =
    message.timestamp === undefined || message.timestamp === null ? 'originalTimestamp' : 'timestamp';
  const claimed = message[field];
  if (claimed === undefined || claimed === null) return { occurredAt: receivedAt };
  const said = parseInstant(claimed);
  if (!said) throw refuse(field, 'Write the time as ISO 8601, like 2026-03-29T10:00:00Z.');
  const occurredAt = new Date(said.getTime() + findSkewMs(message.sentAt ?? sentAt, receivedAt));
  checkYear(occurredAt, receivedAt, field);
  const isAhead = occurredAt.getTime() - receivedAt.getTime() > TRACKING_LIMITS.aheadMs;
  return isAhead ? { occurredAt: receivedAt, givenAt: said.toISOString() } : { occurredAt };
}

/** ISO 8601 with or without a time; without a zone it is UTC. Null for anything else and for days that are none. */
export function parseInstant(value: unknown): Date | null {
  const parts = typeof value === 'string' ? ISO.exec(value.trim()) : null;
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const isReal =
    new Date(Date.UTC(year!, month! - 1, day)).getUTCDate() === day &&
    hour! < 24 &&
    minute! < 60 &&
    second! < 60;
  const milliseconds = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const at = Date.UTC(year!, month! - 1, day, hour, minute, second, milliseconds);
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  return isReal && year! >= 100 ? new Date(at - readOffsetMs(parts[8])) : null;
}

function readOffsetMs(zone: string | undefined): number {
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  return offset ? Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000 : 0;
}

function findSkewMs(sentAt: unknown, receivedAt: Date): number {
  const sent = parseInstant(sentAt);
  const skewMs = sent ? receivedAt.getTime() - sent.getTime() : 0;
  return Math.abs(skewMs) > TRACKING_LIMITS.skewMs ? skewMs : 0;
}

function checkYear(at: Date, receivedAt: Date, field: string): void {
  const latest = new Date(receivedAt);
  latest.setUTCFullYear(latest.getUTCFullYear() + 1);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < TRACKING_LIMITS.earliestYear)
    throw refuse(field, 'The time lies before 1900.');
  if (at > latest) throw refuse(field, 'The time lies more than a year ahead.');
}

function refuse(path: string, message: string): Invalid {
  return new Invalid([{ path, message }]);
}
