import { listKeys, markOfKey } from '../base/secrets.ts';
import { sealedRoot } from '../db/installation-root.ts';
import type { Database } from '../db/pool.ts';
import type { SealedPlace, SealedRow } from '../db/sealed-places.ts';
import { sealedHookTokens, sealedSettings } from '../flow/collect/sealed.sql.ts';
import { sealedDepartures } from '../flow/send/sealed.sql.ts';
import { sealedTotp } from '../staff/sealed-totp.ts';
import { listWorkspaces } from './workspaces.ts';

/** Every column that holds sealed texts. One that is missing here would be lost with the next change of keys. */
export const SEALED_PLACES: SealedPlace[] = [
  sealedRoot,
  sealedSettings,
  sealedHookTokens,
  sealedDepartures,
  sealedTotp,
];

export type Batch = { place: SealedPlace; workspaceId: string; rows: SealedRow[] };

const NIL = '00000000-0000-0000-0000-000000000000';
const BATCH = 200;

/** All that was sealed otherwise than with the key in use, a few rows at a time. Each row is met once. */
export async function* eachBatch(database: Database): AsyncGenerator<Batch> {
  const workspaceIds = (await listWorkspaces(database)).map(({ id }) => id);
  for (const place of SEALED_PLACES) {
    for (const workspaceId of place.of === 'workspace' ? workspaceIds : [NIL])
      yield* eachBatchOf(database, place, workspaceId);
  }
}

/** The same of one business, without what belongs to the installation. */
export async function* eachBatchOfWorkspace(database: Database, workspaceId: string): AsyncGenerator<Batch> {
  for (const place of SEALED_PLACES.filter((one) => one.of === 'workspace'))
    yield* eachBatchOf(database, place, workspaceId);
}

async function* eachBatchOf(
  database: Database,
  place: SealedPlace,
  workspaceId: string,
): AsyncGenerator<Batch> {
  let after = NIL;
  for (;;) {
    const mark = markOfKey(listKeys()[0]!);
    const rows = await place.list(database.db, { workspaceId, mark, after, limit: BATCH });
    const last = rows.at(-1);
    if (!last) return;
    yield { place, workspaceId, rows };
    after = last.id;
  }
}
