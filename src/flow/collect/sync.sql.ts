import { type SQL, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sourceStreams, syncRuns } from '../../db/schema/collect.ts';
import { leases } from '../../db/schema/db.ts';
import { countPending } from './pending.sql.ts';
import type { StoreCounts } from './store.ts';

type Run = { workspaceId: string; sourceId: string; runId: string };

/** What a run has brought so far. */
export type RunCounts = StoreCounts & { total: number | null };

export type RecordedPage = {
  stream: string;
  cursor: unknown;
  counts: StoreCounts;
  total: number | null;
  /** What the vendor is at while nothing comes. */
  waiting: string | null;
  at: Date;
};

/**
 * Opens a run, or takes up the row that a page made before it. May run twice: the second time only the heartbeat
 * moves.
 */
export async function openRun(
  db: Db,
  run: Run,
  { trigger, window }: { trigger: string; window?: { from: Date; to: Date } | undefined },
  at: Date,
): Promise<void> {
  const instant = at.toISOString();
  await db.execute(sql`
    insert into ${syncRuns}
           (workspace_id, id, source_id, trigger, status, window_from, window_to, started_at, heartbeat_at)
    values (${run.workspaceId}, ${run.runId}, ${run.sourceId}, ${trigger}, 'running',
            ${window?.from.toISOString() ?? null}::timestamptz, ${window?.to.toISOString() ?? null}::timestamptz,
            ${instant}, ${instant})
        on conflict (workspace_id, id) do update
       set status = 'running', message = null, finished_at = null, heartbeat_at = excluded.heartbeat_at`);
}

/**
 * Ends the runs that a dead process left open. Whoever holds the source's lease may do it, as nobody else can be
 * at work; index sync_runs_source.
 */
export async function closeInterrupted(db: Db, run: Run, message: string, at: Date): Promise<void> {
  await db.execute(sql`
    update ${syncRuns}
       set status = case when new + changed + unchanged > 0 then 'partial' else 'failed' end,
           message = ${message}, finished_at = ${at.toISOString()}
     where workspace_id = ${run.workspaceId} and source_id = ${run.sourceId} and id <> ${run.runId}
       and status = 'running'`);
}

/**
 * The same for a whole workspace, for sources that nobody syncs again soon: a run without a heartbeat since
 * `before`, whose lease is not held. The lease's end is the database's own time, as where it was written.
 */
export async function closeAbandoned(
  db: Db,
  workspaceId: string,
  message: string,
  at: { before: Date; now: Date },
): Promise<number> {
  const closed = await rowsOf(
    db,
    sql`
      update ${syncRuns} r
         set status = case when r.new + r.changed + r.unchanged > 0 then 'partial' else 'failed' end,
             message = ${message}, finished_at = ${at.now.toISOString()}
       where r.workspace_id = ${workspaceId} and r.status = 'running' and r.heartbeat_at < ${at.before.toISOString()}
         and r.source_id not in (
               select substr(l.job, 6)::uuid from ${leases} l
                where l.workspace_id = ${workspaceId} and l.job like 'sync:%' and l.until > clock_timestamp())
      returning r.id`,
  );
  return closed.length;
}

/**
 * What a page adds to its run, and the cursor that is right now that the page is stored; in the transaction that
 * stored it, so that a crash leaves both or neither. Without a cursor the stream stays where it was. While the vendor
 * lets us wait, the place moves from which the pace is measured: what comes afterwards comes at its own.
 */
export async function recordPage(db: Db, run: Run, page: RecordedPage): Promise<RunCounts> {
  const { counts, waiting } = page;
  const [row] = await rowsOf<Record<keyof RunCounts, string | null>>(
    db,
    sql`
      with moved as (
        update ${sourceStreams}
           set cursor = ${page.cursor === undefined ? sql`cursor` : sql`${JSON.stringify(page.cursor)}::jsonb`}
         where workspace_id = ${run.workspaceId} and source_id = ${run.sourceId} and stream = ${page.stream}
        returning stream
      )
      update ${syncRuns}
         set read = read + ${counts.read}, new = new + ${counts.new}, changed = changed + ${counts.changed},
             unchanged = unchanged + ${counts.unchanged}, quarantined = quarantined + ${counts.quarantined},
             total = ${page.total}::bigint, stream = ${page.stream}, waiting = ${waiting},
             pace_at = case when ${waiting !== null} then ${page.at.toISOString()}::timestamptz else pace_at end,
             pace_read = case when ${waiting !== null} then read + ${counts.read} else pace_read end,
             heartbeat_at = ${page.at.toISOString()}
       where workspace_id = ${run.workspaceId} and id = ${run.runId}
         and exists (select 1 from moved)
      returning read, new, changed, unchanged, quarantined, total`,
  );
  if (!row) throw new Error('The run or the stream of a page is gone.');
  return toCounts(row);
}

/** What a run has brought up to now. */
export async function readCounts(db: Db, run: Run): Promise<RunCounts> {
  const [row] = await rowsOf<Record<keyof RunCounts, string | null>>(
    db,
    sql`select read, new, changed, unchanged, quarantined, total from ${syncRuns}
         where workspace_id = ${run.workspaceId} and id = ${run.runId}`,
  );
  if (!row) throw new Error('The run is gone.');
  return toCounts(row);
}

/** Ends a run that is still open. False when someone else has ended it, who has then taken the source over. */
export async function closeRun(
  db: Db,
  run: Run,
  end: { status: string; message: string | null; at: Date },
): Promise<boolean> {
  const at = end.at.toISOString();
  const closed = await rowsOf(
    db,
    sql`
      update ${syncRuns}
         set status = ${end.status}, message = ${end.message}, finished_at = ${at}, heartbeat_at = ${at},
           rest = (${countPending(run.workspaceId, run.sourceId)})
       where workspace_id = ${run.workspaceId} and id = ${run.runId} and status = 'running'
      returning id`,
  );
  return closed.length > 0;
}

/** When the streams of a source were read, and when they are read again; null is the next night. */
export async function planStreams(
  db: Db,
  run: Run,
  plan: { at: Date; succeeded: string[]; nextRunAt: Date | null },
): Promise<void> {
  const at = plan.at.toISOString();
  await db.execute(sql`
    update ${sourceStreams}
       set last_run_at = ${at}, next_run_at = ${plan.nextRunAt?.toISOString() ?? null}::timestamptz,
           last_success_at = case when stream = any(${sql.param(plan.succeeded)}::text[]) then ${at}::timestamptz
                                  else last_success_at end
     where workspace_id = ${run.workspaceId} and source_id = ${run.sourceId} and is_enabled`);
}

/** How many runs have failed since the last one that did not; index sync_runs_source. */
export async function countFailuresInARow(db: Db, run: Run): Promise<number> {
  const newest: SQL = sql`
    select status from ${syncRuns}
     where workspace_id = ${run.workspaceId} and source_id = ${run.sourceId} and status <> 'running'
       and trigger <> 'backfill' and id <> ${run.runId}
     order by started_at desc limit 8`;
  const rows = await rowsOf<{ status: string }>(db, newest);
  const firstGood = rows.findIndex((row) => row.status !== 'failed');
  return firstGood === -1 ? rows.length : firstGood;
}

function toCounts(row: Record<keyof RunCounts, string | null>): RunCounts {
  return {
    read: Number(row.read),
    new: Number(row.new),
    changed: Number(row.changed),
    unchanged: Number(row.unchanged),
    quarantined: Number(row.quarantined),
    total: row.total === null ? null : Number(row.total),
  };
}
