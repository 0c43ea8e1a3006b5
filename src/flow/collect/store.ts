import { now } from '../../base/clock.ts';
import type { Item } from '../../connectors/contract.ts';
import { hashId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { hashPayload } from './canonical.ts';
import { type QuarantinedItem, quarantineItems } from './quarantine.ts';
import { isStorable } from './storable.ts';
import { insertRawEvents, type StoredItem } from './store.sql.ts';

/** Where items come from: a source, and the sync run or the upload that brought them. */
export type Origin = {
  workspaceId: string;
  sourceId: string;
  runId?: string | undefined;
  uploadId?: string | undefined;
};

/**
 * What became of the items: read = new + changed + unchanged + quarantined. `new`: a subject never seen before;
 * `changed`: a known one in a version not seen before.
 */
export type StoreCounts = {
  read: number;
  new: number;
  changed: number;
  unchanged: number;
  quarantined: number;
};

/**
 * Keeps items untouched, once, and queues the new ones for identify, in one statement. The same item again is
 * the same id: nothing happens. An item that Postgres cannot keep (NUL, half a character) goes to quarantine.
 */
export async function storeItems(db: Db, origin: Origin, items: Item[]): Promise<StoreCounts> {
  const named = items.map((item) => nameItem(origin, item));
  const storable = named.filter(isItemStorable);
  const refused = items.filter((_item, position) => !isItemStorable(named[position]!));
  const inserted = await insertDistinct(db, origin, storable);
  if (refused.length > 0)
    await quarantineItems(
      db,
      origin,
      refused.map((item) => refuseItem(origin, item)),
    );
  return {
    read: items.length,
    new: inserted.new,
    changed: inserted.stored - inserted.new,
    unchanged: storable.length - inserted.stored,
    quarantined: refused.length,
  };
}

/** The thing an item speaks of, whatever its version. */
export function subjectOf(origin: Origin, item: Pick<Item, 'stream' | 'externalId'>): string {
  return hashId(origin.workspaceId, origin.sourceId, item.stream, item.externalId);
}

function nameItem(origin: Origin, item: Item): StoredItem {
  const version = item.version ?? hashPayload(item.payload);
  return {
    id: hashId(origin.workspaceId, origin.sourceId, item.stream, item.externalId, version),
    subject: subjectOf(origin, item),
    stream: item.stream,
    externalId: item.externalId,
    version,
    json: JSON.stringify(item.payload),
  };
}

function isItemStorable(item: StoredItem): boolean {
  return isStorable(item.json) && isStorable(JSON.stringify([item.stream, item.externalId, item.version]));
}

async function insertDistinct(
  db: Db,
  origin: Origin,
  items: StoredItem[],
): Promise<{ stored: number; new: number }> {
  const distinct = new Map<string, StoredItem>();
  // The first one stays, as on a second delivery.
  for (const item of items) if (!distinct.has(item.id)) distinct.set(item.id, item);
  if (distinct.size === 0) return { stored: 0, new: 0 };
  return await insertRawEvents(db, { ...origin, receivedAt: now() }, [...distinct.values()]);
}

function refuseItem(origin: Origin, item: Item): QuarantinedItem {
  return {
    stream: item.stream,
    path: '',
    reason: 'It holds text that cannot be kept: a NUL or half of a character.',
    payload: item.payload,
    subject: subjectOf(origin, item),
  };
}
