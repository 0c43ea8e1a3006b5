import { now } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import type { Database, Db } from '../../db/pool.ts';
import { lengthen, vary } from './budget.ts';
import type { Source } from './sources.ts';
import { markNeedsAttention, resumeSource } from './sources-edit.ts';
import type { StoreCounts } from './store.ts';
import { closeRun, countFailuresInARow, planStreams, readCounts } from './sync.sql.ts';
import type { TimeWindow } from './sync.ts';
import { describeFault, describeNext, describeQuarantined } from './sync-words.ts';

/** How one stream of a run ended; `error` is null when it was read to its end. */
export type StreamOutcome = { stream: string; title: string; error: unknown };

export type SyncResult = {
  run: string;
  status: 'succeeded' | 'partial' | 'failed';
  read: number;
  new: number;
  changed: number;
  unchanged: number;
  quarantined: number;
  message: string | null;
};

type Run = { workspaceId: string; sourceId: string; runId: string; window?: TimeWindow | undefined };

/** First pause after a fault that may pass; doubled with every run that fails, up to a quarter of a day. */
const FIRST_RETRY_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const LONGEST_RETRY_MS = 6 * 60 * 60_000;

/** Writes how a run ended, when it is tried again, and whether a person has to look at the source. */
export async function endRun(
  database: Database,
  source: Source,
  run: Run,
  outcomes: StreamOutcome[],
): Promise<SyncResult> {
  return await database.db.transaction(async (db) => {
    const faults = outcomes.filter((outcome) => outcome.error !== null);
    const succeeded = outcomes.filter((outcome) => outcome.error === null).map((outcome) => outcome.stream);
    const needsReconnect = succeeded.length === 0 && faults.some((fault) => asksToReconnect(fault.error));
    const isSlice = run.window !== undefined;
    const nextRunAt = needsReconnect || isSlice ? null : await planNextRun(db, source, run, faults);
    const { total: _total, ...counts } = await readCounts(db, run);
    const status = judge(counts, faults, succeeded);
    const message = describe(counts.quarantined, faults, { needsReconnect, nextRunAt, isSlice });
    const isOurs = await closeRun(db, run, { status, message, at: now() });
    if (isOurs && !isSlice) await planStreams(db, run, { at: now(), succeeded, nextRunAt });
    if (isOurs) await noteAttention(db, source, { needsReconnect, status, message });
    return { run: run.runId, status, ...counts, message };
  });
}

function judge(counts: StoreCounts, faults: StreamOutcome[], succeeded: string[]): SyncResult['status'] {
  if (faults.length === 0) return 'succeeded';
  const isSomethingStored = counts.new + counts.changed + counts.unchanged > 0;
  return isSomethingStored || succeeded.length > 0 ? 'partial' : 'failed';
}

/** null: the next night. */
async function planNextRun(db: Db, source: Source, run: Run, faults: StreamOutcome[]): Promise<Date | null> {
  const mayPass = faults.some((fault) => !(fault.error instanceof ConnectorError) || fault.error.retryable);
  if (!mayPass) return nextInRhythm(source);
  const failures = await countFailuresInARow(db, run);
  const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
  const askedMs = Math.max(0, ...faults.map((fault) => retryAfterOf(fault.error)));
  return addMs(now(), Math.max(lengthen(askedMs), vary(pauseMs)));
}

/**
 * Counted from the minute the run ended in: the clock looks each minute, some seconds early or late, and a rhythm
 * of a minute would else skip every second look.
 */
function nextInRhythm({ everyMinutes }: Source): Date | null {
  if (everyMinutes === null) return null;
  return addMs(new Date(now().getTime() - (now().getTime() % MINUTE_MS)), everyMinutes * MINUTE_MS);
}

function describe(
  quarantinedCount: number,
  faults: StreamOutcome[],
  next: Parameters<typeof describeNext>[0],
): string | null {
  const quarantined = describeQuarantined(quarantinedCount);
  if (faults.length === 0) return quarantined;
  const said = new Set(faults.map((fault) => describeFault(fault.error)));
  return [...said, describeNext(next), quarantined].filter((sentence) => sentence !== null).join(' ');
}

async function noteAttention(
  db: Db,
  source: Source,
  end: { needsReconnect: boolean; status: string; message: string | null },
): Promise<void> {
  if (end.needsReconnect) await markNeedsAttention(db, source, end.message ?? '');
  else if (end.status === 'succeeded' && source.status === 'needs_attention') await resumeSource(db, source);
}

function asksToReconnect(error: unknown): boolean {
  return error instanceof ConnectorError && error.needsReconnect;
}

function retryAfterOf(error: unknown): number {
  return error instanceof ConnectorError ? (error.retryAfterMs ?? 0) : 0;
}

function addMs(instant: Date, ms: number): Date {
  return new Date(instant.getTime() + ms);
}
