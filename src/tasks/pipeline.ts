import { log } from '../base/log.ts';
import { type Scope, withWorkspace } from '../db/doors.ts';
import { checkLease, type Lease, withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { isAggregate, storeAggregates } from '../flow/collect/aggregates.ts';
import { takePendingRawEvents } from '../flow/collect/pending.sql.ts';
import { identifyItems } from '../flow/identify/batch.ts';
import { markChanged } from '../flow/identify/changes.ts';
import { type MappedItem, mapRawEvents } from '../flow/identify/mapping.ts';
import { makeDeviceProfiles } from '../flow/identify/place.ts';
import { describePeople } from '../flow/profile/describe.ts';
import { suppressAddresses } from '../flow/send/suppressions.ts';

/** Large enough that round trips do not count, small enough that others wait well under a second for a row. */
const BATCH_SIZE = 2_000;

/**
 * Carries what sources said through identify and profile until nothing waits. One process at a time in a
 * workspace; one that may wait (an import, a command) gives `waitMs`. Returns how many raw events it took.
 */
export async function carry(
  database: Database,
  workspaceId: string,
  options: { waitMs?: number; signal?: AbortSignal } = {},
): Promise<{ taken: number }> {
  const { signal, waitMs } = options;
  const wish = { workspaceId, job: 'carry', ...(waitMs === undefined ? {} : { waitMs }) };
  const result = await withLease(database, wish, async (lease) => {
    const startedAt = performance.now();
    let taken = 0;
    while (!signal?.aborted) {
      const count = await withWorkspace(
        database,
        workspaceId,
        async (scope) => await carryBatch(scope, lease),
      );
      if (count === 0) break;
      taken += count;
    }
    if (taken > 0)
      log.info({ workspaceId, taken, ms: Math.round(performance.now() - startedAt) }, 'Carried what came in');
    return { taken };
  });
  return result ?? { taken: 0 };
}

/** The way of the data, once, for one batch in one transaction: it counts as a whole or not at all. */
async function carryBatch(scope: Scope, lease: Lease): Promise<number> {
  const { db, workspace } = scope;
  await checkLease(db, lease);
  const raws = await takePendingRawEvents(db, workspace.id, BATCH_SIZE);
  if (raws.length === 0) return 0;
  const items = await mapRawEvents(scope, raws);
  await storeAggregates(db, workspace.id, listAggregates(items));
  const batch = await identifyItems(scope, items);
  const { changed, movedTo } = await describePeople(scope, batch);
  await makeDeviceProfiles(scope, [...batch.unnamed, ...movedTo]);
  await suppressSaid(scope, items);
  await markChanged(db, workspace.id, [...batch.changed, ...changed]);
  return raws.length;
}

function listAggregates(items: MappedItem[]) {
  return items.flatMap(({ raw, records }) =>
    records.filter(isAggregate).map((record) => ({ sourceId: raw.sourceId, record })),
  );
}

/** Addresses that a vendor knows to be dead, or that complained. */
async function suppressSaid({ db, workspace }: Scope, items: MappedItem[]): Promise<void> {
  const said = items.flatMap(({ raw, records }) =>
    records.flatMap((record) =>
      'suppress' in record && record.suppress ? [{ sourceId: raw.sourceId, ...record.suppress }] : [],
    ),
  );
  for (const [sourceId, given] of Map.groupBy(said, (one) => one.sourceId))
    await suppressAddresses(db, { workspaceId: workspace.id, sourceId }, given);
}
