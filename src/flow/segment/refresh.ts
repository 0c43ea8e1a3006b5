import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict, Invalid } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { type Workspace, withWorkspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import { checkLease, type Lease, withLease } from '../../db/leases.ts';
import type { Database, Db } from '../../db/pool.ts';
import { refreshes, segments } from '../../db/schema/segment.ts';
import { claimChanged, forgetChanged } from '../identify/changes.ts';
import { type Recompute, recompute } from './recompute.ts';
import { BUDGET, type Budget } from './staging.ts';
import { markPublished } from './versions.sql.ts';

export type RefreshResult = {
  id: string;
  asOf: Date;
  evaluated: number;
  entered: number;
  left: number;
  ms: number;
};
export type RefreshWish = {
  trigger: string;
  /** Everyone and every segment from nothing. */
  full?: boolean;
  /** Scores everyone first (the nightly run, edited limits). */
  score?: boolean;
  asOf?: Date;
  id?: string;
  waitMs?: number;
  /** How long a pass may take before the segment that holds it up is parked. */
  budget?: Budget;
};

/**
 * Brings the segments of a workspace up to date as of one instant. One at a time; what it finds is published in one
 * transaction, so that a crash at any moment leaves the last result as it was. Throws Conflict while another runs.
 */
export async function refreshWorkspace(
  database: Database,
  workspaceId: string,
  wish: RefreshWish,
): Promise<RefreshResult> {
  const result = await withLease(
    database,
    { workspaceId, job: 'refresh', waitMs: wish.waitMs ?? 60_000 },
    async (lease) => await runRefresh(database, lease, wish),
  );
  if (!result) throw new Conflict('Another refresh is running. Try again in a minute.');
  return result;
}

/** Writes down that a refresh was asked for; `refreshWorkspace` with its id carries it out. */
export async function queueRefresh(db: Db, workspaceId: string, trigger: string): Promise<string> {
  const at = now();
  const id = newId(at);
  await db.insert(refreshes).values({ workspaceId, id, asOf: at, status: 'queued', trigger, startedAt: at });
  return id;
}

/** A queued refresh that could not begin ends with the reason. */
export async function endQueuedRefresh(
  db: Db,
  workspaceId: string,
  id: string,
  message: string,
): Promise<void> {
  await db
    .update(refreshes)
    .set({ status: 'failed', message, finishedAt: now() })
    .where(and(eq(refreshes.workspaceId, workspaceId), eq(refreshes.id, id), eq(refreshes.status, 'queued')));
}

/** The as-of of the last refresh that was published. */
export async function findLastAsOf(db: Db, workspaceId: string): Promise<Date | null> {
  const [row] = await db
    .select({ asOf: refreshes.asOf })
    .from(refreshes)
    .where(and(eq(refreshes.workspaceId, workspaceId), eq(refreshes.status, 'succeeded')))
    .orderBy(desc(refreshes.asOf))
    .limit(1);
  return row?.asOf ?? null;
}

async function runRefresh(database: Database, lease: Lease, wish: RefreshWish): Promise<RefreshResult> {
  const startedAt = performance.now();
  const { workspaceId } = lease;
  const started = await withWorkspace(
    database,
    workspaceId,
    async ({ db }) => await startRefresh(db, lease, wish),
  );
  try {
    const counts = await withWorkspace(
      database,
      workspaceId,
      async ({ db, workspace }) =>
        await publish(db, workspace, lease, {
          ...started,
          database,
          isFull: wish.full ?? false,
          isScoring: wish.score ?? false,
          budget: wish.budget ?? BUDGET,
        }),
    );
    const result = {
      id: started.id,
      asOf: started.asOf,
      ...counts,
      ms: Math.round(performance.now() - startedAt),
    };
    log.info({ workspaceId, ...result }, 'Refreshed segments');
    return result;
  } catch (error) {
    await withWorkspace(
      database,
      workspaceId,
      async ({ db }) => await failRefresh(db, workspaceId, started.id),
    );
    throw error;
  }
}

type Started = { id: string; asOf: Date; before: Date | null };

/** Committed before the work: the row that says so, and which changed people it takes. A dead one before it ends here. */
async function startRefresh(db: Db, lease: Lease, wish: RefreshWish): Promise<Started> {
  await checkLease(db, lease);
  const { workspaceId } = lease;
  const before = await findLastAsOf(db, workspaceId);
  const asOf = wish.asOf ?? laterOf(now(), before);
  if (before && asOf < before)
    throw new Invalid([
      { path: 'asOf', message: `Not before the last refresh, which was as of ${before.toISOString()}.` },
    ]);
  const dead = await db
    .update(refreshes)
    .set({ status: 'failed', message: 'It was interrupted. The last result stands.', finishedAt: now() })
    .where(and(eq(refreshes.workspaceId, workspaceId), eq(refreshes.status, 'running')))
    .returning({ id: refreshes.id });
  if (dead.length > 0) await markStale(db, workspaceId, 'the last refresh was interrupted');
  const id = wish.id ?? newId();
  const row = { workspaceId, id, asOf, status: 'running', trigger: wish.trigger, startedAt: now() };
  await db
    .insert(refreshes)
    .values(row)
    .onConflictDoUpdate({
      target: [refreshes.workspaceId, refreshes.id],
      set: { asOf, status: 'running', startedAt: row.startedAt },
    });
  await claimChanged(db, workspaceId, id);
  return { id, asOf, before };
}

async function publish(db: Db, workspace: Workspace, lease: Lease, started: Omit<Recompute, 'workspace'>) {
  await checkLease(db, lease);
  await restAsLongAsNeeded(db);
  const done = await recompute(db, { workspace, ...started });
  await forgetChanged(db, workspace.id, started.id);
  await markPublished(db, workspace.id, started.asOf);
  await db
    .update(refreshes)
    .set({
      status: 'succeeded',
      evaluated: done.evaluated,
      entered: done.entered,
      left: done.left,
      segments: done.segments,
      finishedAt: now(),
    })
    .where(and(eq(refreshes.workspaceId, workspace.id), eq(refreshes.id, started.id)));
  return { evaluated: done.evaluated, entered: done.entered, left: done.left };
}

/** Postgres ends whoever rests in the middle of a transaction; this one may wait long for the second connection. */
async function restAsLongAsNeeded(db: Db): Promise<void> {
  await db.execute(sql`set local idle_in_transaction_session_timeout = 0`);
}

/** What was counted stands; it is marked so that nobody relies on it unawares. */
async function failRefresh(db: Db, workspaceId: string, id: string): Promise<void> {
  const message = 'The refresh failed. The last result stands; the next refresh tries again.';
  await db
    .update(refreshes)
    .set({ status: 'failed', message, finishedAt: now() })
    .where(and(eq(refreshes.workspaceId, workspaceId), eq(refreshes.id, id)));
  await markStale(db, workspaceId, 'the last refresh failed');
}

/** Until the next refresh has published: what is shown is the last result. */
async function markStale(db: Db, workspaceId: string, reason: string): Promise<void> {
  await db
    .update(segments)
    .set({ status: 'stale', statusReason: reason })
    .where(and(eq(segments.workspaceId, workspaceId), inArray(segments.status, ['ready'])));
}

function laterOf(at: Date, other: Date | null): Date {
  return other && other > at ? other : at;
}
