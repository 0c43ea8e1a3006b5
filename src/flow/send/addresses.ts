import type { SQL } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { addressKey } from './address-key.ts';
import { selectStaleAddresses, upsertAddresses } from './addresses.sql.ts';

/** Hashing is ours, a few microseconds each; 2,000 make a statement of some 300 kB. */
const BATCH = 2_000;
const NIL = '00000000-0000-0000-0000-000000000000';

/** Brings the keys of a set of people up to date, so that statements can compare addresses. May run twice. */
export async function refreshAddresses(db: Db, workspaceId: string, people: SQL): Promise<void> {
  let after = NIL;
  for (;;) {
    const stale = await selectStaleAddresses(db, workspaceId, people, { after, limit: BATCH });
    if (stale.length > 0)
      await upsertAddresses(
        db,
        workspaceId,
        stale.map((row) => keyed(workspaceId, row)),
      );
    if (stale.length < BATCH) return;
    after = stale.at(-1)!.profile_id;
  }
}

function keyed(workspaceId: string, row: { profile_id: string; address: string }) {
  return { profileId: row.profile_id, address: row.address, key: addressKey(workspaceId, row.address) };
}
