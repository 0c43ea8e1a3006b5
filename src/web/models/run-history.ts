import type { SyncRun } from '../../flow/collect/source-overview.sql.ts';
import { formatDateTime, formatNumber, plural } from './format.ts';

/** Runs side by side, the oldest first: as tall as what they read, coloured by how they ended. */
export type RunHistory = {
  width: number;
  height: number;
  bars: { x: number; y: number; width: number; height: number; kind: string; title: string }[];
  summary: string;
};

const HEIGHT = 44;
const STEP = 12;
const BAR = 8;
/** A run that read nothing is still seen. */
const LEAST = 4;
const OUTCOMES: Record<string, string> = {
  running: 'running',
  succeeded: 'succeeded',
  partial: 'partly done',
  failed: 'failed',
};

/** Null for fewer than two: one bar compares with nothing. `runs` are the newest first. */
export function runHistory(runs: SyncRun[], timezone: string): RunHistory | null {
  if (runs.length < 2) return null;
  const most = Math.max(1, ...runs.map((run) => run.read));
  const bars = runs.toReversed().map((run, index) => {
    // By the root: a first sync reads thousands of times what the next ones do.
    const height = LEAST + Math.round(Math.sqrt(run.read / most) * (HEIGHT - LEAST));
    const outcome = OUTCOMES[run.status] ?? run.status;
    return {
      x: index * STEP,
      y: HEIGHT - height,
      width: BAR,
      height,
      kind: run.status,
      title: `${formatDateTime(run.startedAt, timezone)}: ${outcome}, ${formatNumber(run.read)} read`,
    };
  });
  return { width: runs.length * STEP, height: HEIGHT, bars, summary: summarise(runs) };
}

function summarise(runs: SyncRun[]): string {
  const count = (status: string) => runs.filter((run) => run.status === status).length;
  const parts = Object.keys(OUTCOMES).flatMap((status) =>
    count(status) > 0 ? [`${count(status)} ${OUTCOMES[status]}`] : [],
  );
  return `The last ${plural(runs.length, 'run')}: ${parts.join(', ')}. The table below has the figures.`;
}
