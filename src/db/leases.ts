import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { Conflict } from '../base/errors.ts';
import { type Database, type Db, rowsOf } from './pool.ts';
import { leases } from './schema/db.ts';

/** The right to do a one-at-a-time job of a workspace. `token` is checked in every writing transaction. */
export type Lease = { workspaceId: string; job: string; holder: string; token: number };

/** A holder that dies is followed after this long; the machine's clock in Postgres decides, not ours. */
const LEASE_SECONDS = 60;
const RENEW_MS = 15_000;

type Wish = { workspaceId: string; job: string; waitMs?: number; renewMs?: number };

/**
 * Runs `work` as the only holder of (workspace, job), waiting up to `waitMs` for another holder to end.
 * Returns null when the lease could not be had in that time.
 */
export async function withLease<T>(
  database: Database,
  wish: Wish,
  work: (lease: Lease) => Promise<T>,
): Promise<T | null> {
  const lease = await waitForLease(database, wish);
  if (!lease) return null;
  const ended = new AbortController();
  const renewing = keepLease(database.db, lease, { everyMs: wish.renewMs ?? RENEW_MS, ended: ended.signal });
  try {
    return await work(lease);
  } finally {
    ended.abort();
    // A renewal that came after the release would hold the job up for a minute.
    await renewing;
    await releaseLease(database.db, lease);
  }
}

/**
 * In a writing transaction: throws Conflict if someone else has taken the job over; holds it till the commit, however
 * long that takes. The lock is of the key alone: nobody can take the job, and its time can be renewed meanwhile.
 */
export async function checkLease(db: Db, lease: Lease): Promise<void> {
  const held = await rowsOf(
    db,
    sql`select 1 as held from ${leases}
         where ${leases.workspaceId} = ${lease.workspaceId} and ${leases.job} = ${lease.job}
           and ${leases.token} = ${lease.token} for key share`,
  );
  if (held.length === 0) throw new Conflict(`Another process has taken over: ${lease.job}.`);
}

async function waitForLease(database: Database, wish: Wish): Promise<Lease | null> {
  const until = performance.now() + (wish.waitMs ?? 0);
  for (;;) {
    const lease = await takeLease(database.db, wish.workspaceId, wish.job);
    if (lease || performance.now() >= until) return lease;
    await sleep(50);
  }
}

/**
 * One statement that only one process can win; the token grows with every holder. Nobody waits for a row that is
 * locked: its holder keeps it so in each writing transaction, and is at work then even when its time has run out.
 */
async function takeLease(db: Db, workspaceId: string, job: string): Promise<Lease | null> {
  const holder = randomUUID();
  const [row] = await rowsOf<{ token: string }>(
    db,
    sql`with known as materialized (select 1 from ${leases} where workspace_id = ${workspaceId} and job = ${job}),
             free as materialized (select 1 from ${leases} where workspace_id = ${workspaceId} and job = ${job}
                                      and until < clock_timestamp() for update skip locked)
        insert into ${leases} as l (workspace_id, job, holder, token, until)
        select ${workspaceId}::uuid, ${job}, ${holder}, 1, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
         where not exists (select from known) or exists (select from free)
        on conflict (workspace_id, job) do update
           set holder = excluded.holder, token = l.token + 1, until = excluded.until
         where l.until < clock_timestamp()
        returning token`,
  );
  return row ? { workspaceId, job, holder, token: Number(row.token) } : null;
}

/** One that fails leaves it to the next, and to the check before each writing. */
async function keepLease(
  db: Db,
  lease: Lease,
  { everyMs, ended }: { everyMs: number; ended: AbortSignal },
): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await renewLease(db, lease).catch(() => undefined);
  }
}

async function renewLease(db: Db, lease: Lease): Promise<void> {
  await db.execute(
    sql`update ${leases} set until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
         where workspace_id = ${lease.workspaceId} and job = ${lease.job} and token = ${lease.token}`,
  );
}

/** The row stays, so that the next holder's token is greater. */
async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db.execute(
    sql`update ${leases} set until = '-infinity'
         where workspace_id = ${lease.workspaceId} and job = ${lease.job} and token = ${lease.token}`,
  );
}
