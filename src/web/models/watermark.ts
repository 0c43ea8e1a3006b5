import type { SourceStream } from '../../flow/collect/source-overview.sql.ts';
import { formatDateTime } from './format.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/;

/** Up to which moment a source has been read: the oldest of its streams, as their cursors tell it. */
export function describeWatermark(streams: SourceStream[], timezone: string): string {
  const read = streams.filter((stream) => stream.isEnabled && stream.cursor !== null);
  const marks = read.map((stream) => newestInstant(stream.cursor)).filter((mark) => mark !== null);
  if (marks.length === 0) return '–';
  return formatDateTime(new Date(Math.min(...marks)), timezone);
}

/** Cursors are the connectors' own; whatever looks like a time in one is how far it came. */
export function newestInstant(cursor: unknown): number | null {
  const found: number[] = [];
  const waiting: unknown[] = [cursor];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string' && INSTANT.test(next)) found.push(Date.parse(next));
    if (typeof next === 'object' && next !== null) waiting.push(...Object.values(next));
  }
  const times = found.filter((time) => Number.isFinite(time));
  return times.length > 0 ? Math.max(...times) : null;
}
