import type { Run, RunKind } from '../../reports/runs.sql.ts';
import { formatDateTime, formatDuration, formatNumber, isoOf } from './format.ts';
import type { StatusModel } from './sources.ts';

export type RunRow = {
  kind: string;
  title: string;
  href: string | null;
  status: StatusModel;
  message: string | null;
  rows: string;
  startedAt: string;
  startedIso: string;
  duration: string;
  /** Where to post to try it again; null where that makes no sense. */
  retry: string | null;
};

export const KINDS: Record<RunKind, string> = {
  sync: 'Sync',
  import: 'Import',
  refresh: 'Refresh',
  send: 'Send',
  push: 'Push',
};

const STATUS: Record<string, StatusModel> = {
  queued: { kind: 'waiting', text: 'Waiting' },
  running: { kind: 'running', text: 'Running' },
  sending: { kind: 'running', text: 'Sending' },
  paused: { kind: 'off', text: 'Paused' },
  succeeded: { kind: 'good', text: 'Succeeded' },
  sent: { kind: 'good', text: 'Sent' },
  partial: { kind: 'warning', text: 'Partly done' },
  failed: { kind: 'bad', text: 'Failed' },
};

export function runRow(run: Run, timezone: string, at: Date): RunRow {
  const isOver = run.finishedAt !== null;
  return {
    kind: KINDS[run.kind],
    title: run.title,
    href: hrefOf(run),
    status: STATUS[run.status] ?? { kind: 'waiting', text: run.status },
    message: run.message,
    rows: run.kind === 'send' ? '–' : formatNumber(run.rows),
    startedAt: formatDateTime(run.startedAt, timezone),
    startedIso: isoOf(run.startedAt),
    duration: formatDuration((run.finishedAt ?? at).getTime() - run.startedAt.getTime()),
    retry:
      run.kind === 'sync' && isOver && run.status !== 'succeeded'
        ? `/sources/${run.ownerId}/sync-runs`
        : null,
  };
}

function hrefOf(run: Run): string | null {
  if (run.kind === 'sync') return `/sources/${run.ownerId}/runs/${run.id}`;
  if (run.kind === 'send') return `/campaigns/${run.id}`;
  if (run.kind === 'push') return `/destinations/${run.ownerId}`;
  if (run.kind === 'refresh') return `/runs/refreshes/${run.id}`;
  if (run.kind === 'import') return `/imports/${run.id}`;
  return null;
}
