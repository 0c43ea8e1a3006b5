import type { Issue } from '../../base/errors.ts';
import { pastDeadlocks } from '../../db/deadlocks.ts';
import type { Db } from '../../db/pool.ts';
import { noteHeard } from './heard.ts';
import { quarantineItems } from './quarantine.ts';
import { type Origin, storeItems } from './store.ts';
import type { TrackedBody } from './tracking.ts';
import { wakeCarry } from './wake.ts';

/**
 * Keeps what a body of the tracking API brought: one statement, committed when this returns. What was refused
 * is kept too, with the reason. Returns what the sender is told of.
 */
export async function storeTracked(
  db: Db,
  origin: Origin,
  tracked: TrackedBody,
): Promise<{ kept: number; issues: Issue[] }> {
  const store = async () => await storeItems(db, origin, tracked.items);
  const counts = tracked.items.length > 0 ? await pastDeadlocks(store) : null;
  await quarantineItems(db, origin, tracked.refused);
  await noteHeard(db, origin);
  if (counts && counts.new > 0) wakeCarry(origin.workspaceId);
  return { kept: counts ? counts.read - counts.quarantined : 0, issues: tracked.issues };
}
