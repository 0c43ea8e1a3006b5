import type { Db } from '../../db/pool.ts';
import { insertSightings } from './scan-sightings.sql.ts';
import type { NamedItems } from './store.ts';

/** Notes what a full scan has seen, in the transaction that stores it. */
export async function noteSeen(
  db: Db,
  scan: { workspaceId: string; scanId: string },
  { storable, refused }: NamedItems,
): Promise<void> {
  const subjects = new Set([...storable, ...refused].flatMap(({ subject }) => subject ?? []));
  if (subjects.size > 0) await insertSightings(db, scan, [...subjects]);
}
