import { now } from '../../base/clock.ts';
import { withCopying } from '../../db/copying.ts';
import { pastDeadlocks, stateOf } from '../../db/deadlocks.ts';
import { checkLease, type Lease } from '../../db/leases.ts';
import type { Database, Db } from '../../db/pool.ts';
import { unpackItems } from './packed.ts';
import { noteSeen } from './scan-sightings.ts';
import { type NamedItems, type StoreCounts, storeNamed } from './store.ts';
import { storeNew } from './store-new.ts';
import { recordPage } from './sync.sql.ts';
import type { PreparedPage } from './sync-items.ts';
import { wakeCarry } from './wake.ts';

/** What storing needs of a run. */
export type StoringRun = {
  database: Database;
  lease: Lease;
  run: { workspaceId: string; sourceId: string; runId: string };
  options: { window?: unknown; scanId?: string | undefined };
  /** What the vendor says there is, by stream, where it says so. */
  totals: Map<string, number>;
  /** Of the stream that is read nothing is kept yet, as far as we know. */
  isNew: boolean;
};

/** Items, queue, quarantine, cursor, counts and heartbeat: all of these pages, or nothing of them. */
export async function storePages(task: StoringRun, stream: string, pages: PreparedPage[]): Promise<void> {
  const store = async () => await pastDeadlocks(async () => await storeOnce(task, stream, pages));
  try {
    await store();
  } catch (error) {
    // A webhook was quicker, or the vendor told something twice: the rest of the stream is compared as it comes.
    if (!task.isNew || stateOf(error) !== '23505') throw error;
    task.isNew = false;
    await store();
  }
  wakeCarry(task.run.workspaceId);
}

async function storeOnce(task: StoringRun, stream: string, pages: PreparedPage[]): Promise<void> {
  const { run, totals } = task;
  const total = totals.size === 0 ? null : [...totals.values()].reduce((sum, one) => sum + one, 0);
  const cursor = task.options.window ? undefined : (pages.at(-1)?.cursor ?? null);
  const waiting = pages.at(-1)?.waiting ?? null;
  const packed = pages.flatMap((page) => page.packed);
  const refused = pages.flatMap((page) => page.refused);
  await withCopying(task.database, async (db, copy) => {
    await checkLease(db, task.lease);
    const counts = task.isNew
      ? await storeNew(db, copy, run, { packed, refused })
      : await storeKnown(db, task, { storable: packed.flatMap(unpackItems), refused });
    await recordPage(db, run, { stream, cursor, counts, total, waiting, at: now() });
  });
}

async function storeKnown(db: Db, { run, options }: StoringRun, named: NamedItems): Promise<StoreCounts> {
  const counts = await storeNamed(db, run, named);
  if (options.scanId) await noteSeen(db, { ...run, scanId: options.scanId }, named);
  return counts;
}
