import type { Item } from '../../connectors/contract.ts';
import type { Db } from '../../db/pool.ts';
import { insertSightings } from './scan-sightings.sql.ts';
import { type Origin, subjectOf } from './store.ts';

/** Notes what a full scan has seen, in the transaction that stores it. */
export async function noteSeen(db: Db, origin: Origin, scanId: string, items: Item[]): Promise<void> {
  const subjects = [...new Set(items.map((item) => subjectOf(origin, item)))];
  if (subjects.length > 0) await insertSightings(db, { workspaceId: origin.workspaceId, scanId }, subjects);
}
