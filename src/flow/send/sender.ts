import { now } from '../../base/clock.ts';
import type { Config } from '../../base/config.ts';
import { Conflict } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { withWorkspace } from '../../db/doors.ts';
import { checkLease, type Lease, withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { giveUpInFlight } from './claim.sql.ts';
import { type Batch, claimBatch } from './claim.ts';
import { type HandedOver, handOver, handToOutbox } from './handover.ts';
import { type Mailer, openMailer } from './mailer.ts';
import { finishCampaigns } from './outcomes.sql.ts';
import { recordOutcomes } from './outcomes.ts';

export type SendCounts = { sent: number; failed: number; skipped: number; unknown: number };

export type SendWish = {
  workspaceId: string;
  config: Config;
  /** How long to wait for another sender of this workspace; a dead one is followed after a minute. */
  waitMs?: number;
  /** Ends between two batches, so that a process that is told to stop leaves nothing unknown. */
  signal?: AbortSignal;
};

type Run = SendWish & { lease: Lease; mailer: Mailer | null; counts: SendCounts };

/**
 * Sends what is due of a workspace, one sender at a time. Each batch is claimed and committed before its first
 * byte goes out, so a crash leaves at most one batch whose end is unknown: those are listed and never sent again
 * by the machine. SMTP cannot promise exactly once; this chooses at most once.
 */
export async function sendDue(database: Database, wish: SendWish): Promise<SendCounts> {
  const counts = await withLease(
    database,
    { workspaceId: wish.workspaceId, job: 'send', waitMs: wish.waitMs ?? 0 },
    async (lease) => await sendAsHolder(database, wish, lease),
  );
  if (!counts) throw new Conflict('Another process is sending for this workspace.');
  return counts;
}

async function sendAsHolder(database: Database, wish: SendWish, lease: Lease): Promise<SendCounts> {
  const counts = { sent: 0, failed: 0, skipped: 0, unknown: 0 };
  counts.unknown = await takeOver(database, lease);
  const mailer = wish.config.smtpUrl ? openMailer(wish.config) : null;
  try {
    await sendBatches(database, { ...wish, lease, mailer, counts });
  } finally {
    mailer?.close();
  }
  if (Object.values(counts).some((count) => count > 0)) {
    log.info({ workspaceId: wish.workspaceId, ...counts }, 'Messages were sent');
  }
  return counts;
}

/** Whatever is in flight now was a former holder's. */
async function takeOver(database: Database, lease: Lease): Promise<number> {
  return await withWorkspace(database, lease.workspaceId, async ({ db }) => {
    await checkLease(db, lease);
    return (await giveUpInFlight(db, lease.workspaceId)).length;
  });
}

async function sendBatches(database: Database, run: Run): Promise<void> {
  let isDown = false;
  while (!isDown && !run.signal?.aborted) {
    const batch = await claimBatch(database, run);
    if (!batch) break;
    run.counts.skipped += batch.skipped;
    if (batch.claimed.length > 0) isDown = await sendBatch(database, run, batch);
  }
  await withWorkspace(database, run.workspaceId, async ({ db }) => {
    await finishCampaigns(db, run.workspaceId, now());
  });
}

/** Returns true when the mail server cannot be reached at all: what is left waits for the next run. */
async function sendBatch(database: Database, run: Run, batch: Batch): Promise<boolean> {
  const handed: HandedOver[] = run.mailer
    ? await handOver(run.mailer, batch, run.config)
    : await handToOutbox(batch, run.config);
  await recordOutcomes(database, batch, handed, { isOutbox: run.mailer === null });
  for (const { outcome } of handed) {
    if (outcome.end === 'sent' || outcome.end === 'failed' || outcome.end === 'unknown')
      run.counts[outcome.end]++;
  }
  return handed.some(({ outcome }) => outcome.end === 'down');
}
