import { now } from '../../base/clock.ts';
import { Conflict, ConnectorError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { Connector, Context, Page, Stream } from '../../connectors/contract.ts';
import { withWorkspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import { withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { openContext } from './connection.ts';
import { readDeadlines } from './deadlines.ts';
import { listStreams } from './source-streams.ts';
import { getConnector, getSource, type Source } from './sources.ts';
import { closeInterrupted, closeRun, openRun } from './sync.sql.ts';
import { endRun, type StreamOutcome, type SyncResult } from './sync-end.ts';
import { preparePage } from './sync-items.ts';
import { readPages } from './sync-pages.ts';
import { type StoringRun, storePages } from './sync-store.ts';
import { INTERRUPTED } from './sync-words.ts';

export type { SyncResult } from './sync-end.ts';

export type TimeWindow = { from: Date; to: Date };

export type SyncOptions = {
  trigger: 'schedule' | 'manual' | 'command' | 'api' | 'demo' | 'backfill' | 'reconciliation' | 'scan';
  /** From the beginning instead of from where the last run stopped. */
  full?: boolean | undefined;
  /** A slice of time to read again, whatever the cursors say; they stay where they are. */
  window?: TimeWindow | undefined;
  /** These streams only. */
  only?: string[] | undefined;
  /** Notes what is seen under this id, so that a full scan knows what the vendor no longer has. */
  scanId?: string | undefined;
  /** A row that was made before, so that a page could show it. */
  runId?: string | undefined;
  /** How long to wait for another run of this source to end. */
  waitMs?: number | undefined;
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

/** One run at work: what every step of it needs. */
type SyncTask = StoringRun & {
  source: Source;
  connector: Connector;
  context: Context<never>;
  options: SyncOptions;
  deadlineAt: number;
};

/**
 * Fetches a source once: every stream that is switched on, from where it stopped. Each page commits with its
 * cursor, so a crash at any moment loses nothing and doubles nothing. Whatever the vendor does, the run ends
 * with a status and a sentence; only a second run at the same time is refused.
 */
export async function syncSource(
  database: Database,
  workspaceId: string,
  sourceId: string,
  options: SyncOptions,
): Promise<SyncResult> {
  const source = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await getSource(db, workspaceId, sourceId),
  );
  const connector = getConnector(source.connector);
  const run = { workspaceId, sourceId, runId: options.runId ?? newId() };
  if (connector.streams.length === 0)
    throw new Conflict(`${source.name} sends its data by itself; there is nothing to fetch.`);
  const wish = { workspaceId, job: `sync:${sourceId}`, waitMs: options.waitMs ?? 0 };
  const result = await withLease(database, wish, (lease) =>
    runSync(database, { source, connector, lease, run, options }),
  );
  if (result) return result;
  const busy = `${source.name} is being synced already.`;
  if (options.runId) await closeRun(database.db, run, { status: 'failed', message: busy, at: now() });
  throw new Conflict(busy);
}

async function runSync(
  database: Database,
  given: Pick<SyncTask, 'source' | 'connector' | 'lease' | 'run' | 'options'>,
): Promise<SyncResult> {
  const { run, options, source } = given;
  const startedAt = performance.now();
  await openRun(database.db, run, options, now());
  await closeInterrupted(database.db, run, INTERRUPTED, now());
  log.info({ source: source.id, run: run.runId, trigger: options.trigger }, 'A sync started');
  const outcomes = await readStreams(database, given);
  const result = await endRun(database, source, { ...run, window: options.window }, outcomes);
  const { message: _message, ...counts } = result;
  const ms = Math.round(performance.now() - startedAt);
  log.info({ source: source.id, ...counts, ms }, 'A sync ended');
  return result;
}

/** Each stream on its own: one that fails does not keep the others from being read. */
async function readStreams(
  database: Database,
  given: Pick<SyncTask, 'source' | 'connector' | 'lease' | 'run' | 'options'>,
): Promise<StreamOutcome[]> {
  const outcomes: StreamOutcome[] = [];
  try {
    const task = await openTask(database, given);
    const { only, full, window } = task.options;
    const listed = (await listStreams(database.db, task.source, task.connector))
      .filter(({ stream }) => !only || only.includes(stream.key))
      .map(({ stream, cursor, isNew }) => ({ stream, cursor: full || window ? null : cursor, isNew }));
    if (!window) await countFirst(task, listed);
    for (const { stream, cursor, isNew } of listed) {
      task.isNew = isNew && !task.options.scanId;
      const error = await readStream(task, stream, cursor);
      outcomes.push({ stream: stream.key, title: stream.title, error });
      if (error && isWholeRunOver(error)) break;
    }
  } catch (error) {
    outcomes.push({ stream: '', title: given.source.name, error });
  }
  return outcomes;
}

async function openTask(
  database: Database,
  given: Pick<SyncTask, 'source' | 'connector' | 'lease' | 'run' | 'options'>,
): Promise<SyncTask> {
  const { workspace } = await withWorkspace(database, given.run.workspaceId, async ({ workspace }) => ({
    workspace,
  }));
  const context = { ...openContext(database, workspace, given.source), window: given.options.window };
  const deadlineAt = performance.now() + (given.options.deadlineMs ?? readDeadlines().runMs);
  return { ...given, database, context, deadlineAt, totals: new Map(), isNew: false };
}

/**
 * All that a first reading will bring, before any of it: else the bar would be full after the first stream and begin
 * again. A vendor that does not answer is met once more by the reading, which says so.
 */
async function countFirst(
  task: SyncTask,
  listed: { stream: Stream<never>; cursor: unknown }[],
): Promise<void> {
  for (const { stream, cursor } of listed) {
    if (cursor !== null || !stream.count) continue;
    try {
      noteTotal(task, stream.key, await stream.count(task.context));
    } catch (error) {
      log.warn({ err: error, source: task.source.id, stream: stream.key }, 'A stream could not be counted');
      return;
    }
  }
}

/**
 * Reads one stream to its end; returns what stopped it, or null. A place that the vendor refuses at once is one it
 * does not know any more: the stream begins anew, and what is known is not stored twice.
 */
async function readStream(task: SyncTask, stream: Stream<never>, cursor: unknown): Promise<unknown> {
  const { error, pages } = await readFrom(task, stream, cursor);
  if (cursor === null || pages > 0 || !isRefused(error)) return error;
  log.warn({ err: error, source: task.source.id, stream: stream.key }, 'A place was refused; it begins anew');
  return (await readFrom(task, stream, null)).error;
}

async function readFrom(
  task: SyncTask,
  stream: Stream<never>,
  from: unknown,
): Promise<{ error: unknown; pages: number }> {
  let pages = 0;
  try {
    const { deadlineAt, options, context } = task;
    const limits = { deadlineAt, signal: options.signal, from };
    const prepare = (page: Page) => preparePage(task.run, page);
    for await (const batch of readPages(stream.pull(context, from), limits, prepare)) {
      for (const page of batch) noteTotal(task, stream.key, page.total);
      await storePages(task, stream.key, batch);
      pages += batch.length;
    }
    return { error: null, pages };
  } catch (error) {
    const { source, run } = task;
    if (!(error instanceof ConnectorError))
      log.error({ err: error, source: source.id, run: run.runId }, 'A stream could not be read');
    return { error, pages };
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof ConnectorError && !error.retryable && !error.needsReconnect;
}

/** Some vendors count what is left, so the first and largest figure is the one that counts. */
function noteTotal(task: SyncTask, stream: string, total: number | undefined): void {
  if (total !== undefined) task.totals.set(stream, Math.max(total, task.totals.get(stream) ?? 0));
}

/** A vendor that asks us to wait, or another process at work: the other streams would fare no better. */
function isWholeRunOver(error: unknown): boolean {
  return error instanceof Conflict || (error instanceof ConnectorError && error.retryable);
}
