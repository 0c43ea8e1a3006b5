import type { SyncRun } from '../../flow/collect/source-overview.sql.ts';
import { formatDate, formatDateTime, formatDuration, formatNumber, isoOf } from './format.ts';
import { type Figures, figuresOf, type StatusModel } from './sources.ts';

export type RunModel = {
  id: string;
  href: string;
  status: StatusModel;
  trigger: string;
  startedAt: string;
  startedIso: string;
  duration: string;
  message: string | null;
  figures: Figures;
  hasQuarantine: boolean;
  /** The days it read, where it read only some. */
  days: string | null;
};

export type ProgressModel = {
  isRunning: boolean;
  label: string;
  done: number;
  total: number | null;
  note: string;
};

const TRIGGERS: Record<string, string> = {
  schedule: 'by the schedule',
  manual: 'by hand',
  command: 'from the shell',
  api: 'through the API',
  demo: 'by the demo',
  backfill: 'by hand, for some days',
  reconciliation: 'to close a gap',
  scan: 'as a full scan',
};
const STATUS: Record<string, StatusModel> = {
  running: { kind: 'running', text: 'Running' },
  succeeded: { kind: 'good', text: 'Succeeded' },
  partial: { kind: 'warning', text: 'Partly done' },
  failed: { kind: 'bad', text: 'Failed' },
};

export function runModel(run: SyncRun, timezone: string, at: Date): RunModel {
  return {
    id: run.id,
    href: `/sources/${run.sourceId}/runs/${run.id}`,
    status: STATUS[run.status] ?? { kind: 'waiting', text: run.status },
    trigger: TRIGGERS[run.trigger] ?? run.trigger,
    startedAt: formatDateTime(run.startedAt, timezone),
    startedIso: isoOf(run.startedAt),
    duration: formatDuration((run.finishedAt ?? at).getTime() - run.startedAt.getTime()),
    message: run.message,
    figures: figuresOf(run),
    hasQuarantine: run.quarantined > 0,
    days: daysOf(run, timezone),
  };
}

/** How far a run has come; how long it still takes where the vendor says how much there is. */
export function progressModel(run: SyncRun, at: Date): ProgressModel {
  const isRunning = run.status === 'running';
  const total = run.total !== null && run.total >= run.read && run.total > 0 ? run.total : null;
  return {
    isRunning,
    label: total
      ? `${formatNumber(run.read)} of ${formatNumber(total)} records read`
      : `${formatNumber(run.read)} records read`,
    done: run.read,
    total,
    note: noteOf(run, total, at),
  };
}

/** After a run has ended what it stored is put on people; null when nothing of it waits any more. */
export function restModel(run: SyncRun, waiting: number, at: Date): ProgressModel | null {
  if (waiting === 0) return null;
  const total = Math.max(run.rest, waiting);
  const done = total - waiting;
  return {
    isRunning: true,
    label: `${formatNumber(waiting)} stored ${waiting === 1 ? 'record' : 'records'} still to be put on people`,
    done,
    total,
    note: `${paceOf({ done, left: waiting, since: run.finishedAt ?? at, at }) ?? 'It goes on by itself'}. Segments and figures follow.`,
  };
}

function noteOf(run: SyncRun, total: number | null, at: Date): string {
  const elapsedMs = Math.max(1, at.getTime() - run.startedAt.getTime());
  if (run.waiting) return `${run.waiting} Running for ${formatDuration(elapsedMs)}.`;
  if (run.read === 0) return `Running for ${formatDuration(elapsedMs)}, waiting for the first records`;
  if (run.total !== null && run.total > 0 && run.read >= run.total)
    return `Running for ${formatDuration(elapsedMs)}. All that was counted is read; now what changed meanwhile.`;
  const done = run.read - run.paceRead;
  const left = total === null ? null : total - run.read;
  const pace = paceOf({ done, left, since: run.paceAt ?? run.startedAt, at });
  if (!pace) return `Running for ${formatDuration(elapsedMs)}`;
  if (left !== null) return pace;
  return `${pace}, running for ${formatDuration(elapsedMs)}. The vendor does not say how many there are, so there is no estimate.`;
}

/** What the first moments bring says nothing of what follows. */
const MEASURED_FROM_MS = 3_000;

function paceOf({ done, left, since, at }: { done: number; left: number | null; since: Date; at: Date }) {
  const ms = at.getTime() - since.getTime();
  if (done <= 0 || ms < MEASURED_FROM_MS) return null;
  const pace = `${formatNumber(Math.max(1, Math.round((done / ms) * 1_000)))} a second`;
  return left === null ? pace : `${pace}, about ${formatDuration(Math.max(1_000, (ms / done) * left))} left`;
}

function daysOf(run: SyncRun, timezone: string): string | null {
  if (!run.windowFrom || !run.windowTo) return null;
  const last = new Date(run.windowTo.getTime() - 1);
  return `${formatDate(run.windowFrom, timezone)} to ${formatDate(last, timezone)}`;
}
