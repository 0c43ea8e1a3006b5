import type { QuarantineEntry } from '../../flow/collect/source-overview.sql.ts';
import { formatDateTime, isoOf } from './format.ts';

export type QuarantineModel = {
  id: string;
  /** Stored, and only not mapped: it can be tried again. */
  canRetry: boolean;
  at: string;
  atIso: string;
  stream: string;
  place: string;
  reason: string;
  /** The record as it came; null once it is older than records are kept. */
  record: string | null;
};

const MAX_SHOWN = 4_000;

export function quarantineModel(entry: QuarantineEntry, timezone: string): QuarantineModel {
  const place = [entry.line === null ? '' : `line ${entry.line}`, entry.path].filter((part) => part !== '');
  const record = entry.payload === null ? null : JSON.stringify(entry.payload, null, 2);
  return {
    id: entry.id,
    canRetry: entry.subject !== null && entry.runId === null && entry.uploadId === null && record !== null,
    at: formatDateTime(entry.receivedAt, timezone),
    atIso: isoOf(entry.receivedAt),
    stream: entry.stream,
    place: place.join(', ') || '–',
    reason: entry.reason,
    record: record && record.length > MAX_SHOWN ? `${record.slice(0, MAX_SHOWN)}…` : record,
  };
}
