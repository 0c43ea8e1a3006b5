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

/** Still to come after a run has ended, as what it stored is put on people; null when nothing is. */
export function describeRest(waiting: number): string | null {
  if (waiting === 0) return null;
  const records = waiting === 1 ? 'One record is' : `${formatNumber(waiting)} records are`;
  return `${records} stored and still on the way to people. Segments and figures follow by themselves.`;
}

function noteOf(run: SyncRun, total: number | null, at: Date): string {
  const elapsedMs = Math.max(1, at.getTime() - run.startedAt.getTime());
  if (run.waiting) return `${run.waiting} Running for ${formatDuration(elapsedMs)}.`;
  if (run.read === 0) return `Running for ${formatDuration(elapsedMs)}, waiting for the first records`;
  const isCounted = run.total !== null && run.total > 0;
  if (isCounted && run.read >= run.total!)
    return `Running for ${formatDuration(elapsedMs)}. All that was counted is read; now what changed meanwhile.`;
  const measuredMs = Math.max(1, at.getTime() - (run.paceAt ?? run.startedAt).getTime());
  const measured = run.read - run.paceRead;
  if (measured <= 0) return `Running for ${formatDuration(elapsedMs)}`;
  const pace = `${formatNumber(Math.max(1, Math.round((measured / measuredMs) * 1_000)))} a second`;
  if (!total)
    return `${pace}, running for ${formatDuration(elapsedMs)}. The vendor does not say how many there are, so there is no estimate.`;
  const leftMs = (measuredMs / measured) * (total - run.read);
  return `${pace}, about ${formatDuration(Math.max(1_000, leftMs))} left`;
}

function daysOf(run: SyncRun, timezone: string): string | null {
  if (!run.windowFrom || !run.windowTo) return null;
  const last = new Date(run.windowTo.getTime() - 1);
  return `${formatDate(run.windowFrom, timezone)} to ${formatDate(last, timezone)}`;
}
