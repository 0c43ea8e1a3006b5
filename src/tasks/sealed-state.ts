import { findOpener, keyOfSealed, listKeys, nameKey } from '../base/secrets.ts';
import type { Database } from '../db/pool.ts';
import { type Batch, eachBatch, eachBatchOfWorkspace } from './sealed-places.ts';

/** Sealed texts that none of our keys opens: where they stand, and the key they name. */
export type Lost = { place: string; key: string | null; values: number };

/**
 * What is not sealed with the key in use: with a previous one; with the one in use, from before keys had names;
 * and what no key of ours opens.
 */
export type SealedState = { previous: number; unnamed: number; lost: Lost[] };

export async function readSealedState(database: Database): Promise<SealedState> {
  return await judge(eachBatch(database));
}

/** The same of one business, for its admins. */
export async function readSealedStateOf(database: Database, workspaceId: string): Promise<SealedState> {
  return await judge(eachBatchOfWorkspace(database, workspaceId));
}

/** The texts of a batch with their contexts, as `open` takes them. */
export function textsOf({ place, workspaceId, rows }: Batch): { sealed: string; context: string }[] {
  return rows.flatMap(({ id, texts }) =>
    Object.entries(texts).map(([field, sealed]) => ({
      sealed,
      context: place.contextOf({ workspaceId, id, field }),
    })),
  );
}

export function countAll(lost: Lost[]): number {
  return lost.reduce((sum, { values }) => sum + values, 0);
}

async function judge(batches: AsyncGenerator<Batch>): Promise<SealedState> {
  const state: SealedState = { previous: 0, unnamed: 0, lost: [] };
  const inUse = nameKey(listKeys()[0]!);
  for await (const batch of batches) {
    for (const { sealed, context } of textsOf(batch)) {
      const opener = findOpener(sealed, context);
      if (!opener) countLost(state.lost, `${batch.place.table}.${batch.place.column}`, keyOfSealed(sealed));
      else if (nameKey(opener) === inUse) state.unnamed += 1;
      else state.previous += 1;
    }
  }
  return state;
}

function countLost(lost: Lost[], place: string, key: string | null): void {
  const known = lost.find((one) => one.place === place && one.key === key);
  if (known) known.values += 1;
  else lost.push({ place, key, values: 1 });
}
