import type { RefusedRow } from '../../flow/collect/csv/refused.ts';
import type { Sample } from '../../flow/collect/csv/sample.ts';
import type { Upload, UploadKind } from '../../flow/collect/csv/uploads.ts';
import type { ImportForm } from '../forms/import-form.ts';
import { formatDateTime, formatNumber, isoOf, plural } from './format.ts';

const STATES: Record<string, { kind: string; text: string }> = {
  uploaded: { kind: 'waiting', text: 'Waiting for its columns' },
  running: { kind: 'running', text: 'Running' },
  succeeded: { kind: 'good', text: 'Done' },
  failed: { kind: 'bad', text: 'Failed' },
};
const ENCODINGS: Record<string, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'windows-1252': 'Latin-1',
};
const DELIMITERS: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab' };
const SAMPLE_CHARS = 40;
const PREVIEW_ROWS = 10;

export type ImportRow = ReturnType<typeof importRow>;

/** A line of the list. */
export function importRow(upload: Upload, timezone: string) {
  return {
    href: upload.status === 'uploaded' ? `/imports/${upload.id}/mapping` : `/imports/${upload.id}`,
    name: upload.fileName,
    kind: upload.kind === 'events' ? 'Events' : upload.kind === 'people' ? 'People' : '–',
    state: stateOf(upload),
    rows: formatNumber(upload.rows),
    accepted: formatNumber(upload.accepted),
    quarantined: formatNumber(upload.quarantined),
    at: formatDateTime(upload.createdAt, timezone),
    atIso: isoOf(upload.createdAt),
  };
}

/** How far an import came, and how it ended. */
export function importState(upload: Upload, timezone: string) {
  const isRunning = upload.status === 'running';
  return {
    uploadId: upload.id,
    isRunning,
    state: stateOf(upload),
    done: upload.bytesRead,
    total: upload.bytes || null,
    note: `${plural(upload.rows, 'row')} read`,
    message: upload.message,
    figures: [
      { label: 'Rows', value: formatNumber(upload.rows), note: 'after the header' },
      {
        label: 'Taken in',
        value: formatNumber(upload.accepted),
        note: `${formatNumber(upload.unchanged)} known before`,
      },
      { label: 'Set aside', value: formatNumber(upload.quarantined), note: 'with the reason, below' },
    ],
    finished: formatDateTime(upload.finishedAt, timezone),
    facts: factsOf(upload),
  };
}

export function refusedModel(row: RefusedRow) {
  const cells = typeof row.payload === 'object' && row.payload !== null ? Object.entries(row.payload) : [];
  return {
    line: row.line === null ? '–' : formatNumber(row.line),
    column: row.path || '–',
    reason: row.reason,
    cells: cells.map(([name, value]) => `${name}: ${String(value)}`).join(' · ') || 'No longer kept.',
  };
}

const ROLE_LABELS: Record<string, string> = {
  ignore: 'Leave out',
  user_id: 'Identifier: your own id',
  email: 'Identifier: e-mail',
  phone: 'Identifier: phone',
  anonymous_id: 'Identifier: anonymous id',
  occurredAt: 'The time',
  event: 'What happened',
  value: 'Money',
  currency: 'Currency',
  trait: 'Trait of the person',
  property: 'Property of the event',
};
const EVENT_ROLES = ['event', 'value', 'currency', 'property'];

/** The page on which columns get a meaning. */
export function mappingModel(upload: Upload, sample: Sample, form: ImportForm, timezone: string) {
  return {
    uploadId: upload.id,
    kind: form.kind,
    isEvents: form.kind === 'events',
    tabs: (['people', 'events'] as const).map((kind) => tabOf(upload, kind, form.kind)),
    facts: factsOf(upload),
    timezone,
    columns: form.columns.map((column, at) => ({
      ...column,
      at,
      samples: samplesOf(sample, at),
    })),
    roles: Object.entries(ROLE_LABELS)
      .filter(([role]) => form.kind === 'events' || !EVENT_ROLES.includes(role))
      .map(([value, label]) => ({
        value,
        label: value === 'occurredAt' && form.kind === 'people' ? 'When it was last changed' : label,
      })),
    consentColumns: [
      { value: '', label: 'No column' },
      ...form.columns.map(({ column }) => ({ value: column, label: column })),
    ],
    channels: ['email', 'sms', 'ads', 'web'].map((value) => ({
      value,
      label: value === 'email' ? 'E-mail' : value === 'sms' ? 'SMS' : value === 'ads' ? 'Ads' : 'Web',
    })),
    form,
    preview: sample.rows
      .slice(0, PREVIEW_ROWS)
      .map((row) => ({ line: row.line, cells: sample.columns.map((_column, at) => row.cells[at] ?? '') })),
    names: sample.columns,
  };
}

function tabOf(upload: Upload, kind: UploadKind, current: UploadKind) {
  return {
    label: kind === 'people' ? 'Each row is a person' : 'Each row is an event',
    href: `/imports/${upload.id}/mapping?kind=${kind}`,
    isCurrent: kind === current,
  };
}

function samplesOf(sample: Sample, at: number): string {
  const values = sample.rows.map((row) => (row.cells[at] ?? '').trim()).filter((value) => value !== '');
  const shown = [...new Set(values)]
    .slice(0, 3)
    .map((value) => (value.length > SAMPLE_CHARS ? `${value.slice(0, SAMPLE_CHARS)}…` : value));
  return shown.join(' · ') || 'empty in the first rows';
}

function stateOf(upload: Upload): { kind: string; text: string } {
  const state = STATES[upload.status]!;
  if (upload.status !== 'running' || upload.bytes === 0) return state;
  return { ...state, text: `Running, ${Math.min(99, Math.floor((upload.bytesRead / upload.bytes) * 100))}%` };
}

function factsOf(upload: Upload): string {
  const size =
    upload.bytes < 1_048_576
      ? `${Math.ceil(upload.bytes / 1024)} KB`
      : `${(upload.bytes / 1_048_576).toFixed(1)} MB`;
  return `${size}, ${ENCODINGS[upload.layout.encoding]}, separated by ${DELIMITERS[upload.layout.delimiter]}`;
}
