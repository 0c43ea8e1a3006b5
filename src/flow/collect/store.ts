import { now } from '../../base/clock.ts';
import type { Item } from '../../connectors/contract.ts';
import { hashId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { hashPayload } from './canonical.ts';
import { type QuarantinedItem, quarantineItems } from './quarantine.ts';
import { isStorable, isStorableText } from './storable.ts';
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

/** Items with their ids as they are kept, and those that cannot be, with the reason. */
export type NamedItems = { storable: StoredItem[]; refused: QuarantinedItem[] };

type Fault = Pick<QuarantinedItem, 'reason' | 'payload'>;

/** One record of a vendor as JSON text. The largest real ones (orders with long notes) stay far below. */
const MAX_ITEM_CHARACTERS = 1_000_000;

/**
 * Keeps items untouched, once, and queues the new ones for identify. The same item again is the same id: nothing
 * happens. An item that cannot be kept (NUL, half a character, far too large) goes to quarantine.
 */
export async function storeItems(db: Db, origin: Origin, items: Item[]): Promise<StoreCounts> {
  return await storeNamed(db, origin, nameItems(origin, items));
}

/** What storing needs of items, worked out beforehand: so that the database need not wait for it. */
export function nameItems(origin: Origin, items: Item[]): NamedItems {
  const named: NamedItems = { storable: [], refused: [] };
  for (const item of items) {
    const stored = nameItem(origin, item);
    const fault = findFault(stored, item);
    if (fault) named.refused.push({ stream: item.stream, path: '', subject: stored.subject, ...fault });
    else named.storable.push(stored);
  }
  return named;
}

export async function storeNamed(
  db: Db,
  origin: Origin,
  { storable, refused }: NamedItems,
): Promise<StoreCounts> {
  const inserted = await insertDistinct(db, origin, storable);
  await quarantineItems(db, origin, refused);
  return {
    read: storable.length + refused.length,
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

/** Why an item may not be kept that has so many characters as JSON. */
export function findTooLarge({ externalId }: Item, characters: number): Fault | null {
  if (characters <= MAX_ITEM_CHARACTERS) return null;
  return {
    reason: `It is too large: ${Math.ceil(characters / 1e6)} MB, and one record may have 1 MB.`,
    payload: { id: externalId, characters },
  };
}

function findFault(stored: StoredItem, item: Item): Fault | null {
  const tooLarge = findTooLarge(item, stored.json.length);
  if (tooLarge) return tooLarge;
  const texts = [item.stream, item.externalId, stored.version];
  if (isStorable(stored.json) && texts.every(isStorableText)) return null;
  return {
    reason: 'It holds text that cannot be kept: a NUL or half of a character.',
    payload: item.payload,
  };
}

async function insertDistinct(
  db: Db,
  origin: Origin,
  items: StoredItem[],
): Promise<{ stored: number; new: number }> {
  const distinct = new Map<string, StoredItem>();
  // The first one stays, as on a second delivery.
  for (const item of items) if (!distinct.has(item.id)) distinct.set(item.id, item);
  const counts = { stored: 0, new: 0 };
  const scope = { ...origin, receivedAt: now() };
  for (const part of inParts([...distinct.values()])) {
    const inserted = await insertRawEvents(db, scope, part);
    counts.stored += inserted.stored;
    counts.new += inserted.new;
  }
  return counts;
}

/** So many characters of payload a statement: Postgres takes a quarter of a gigabyte of JSON at once. Rarely reached. */
const CHARACTERS_AT_ONCE = 50_000_000;

function* inParts(items: StoredItem[]): Generator<StoredItem[]> {
  let part: StoredItem[] = [];
  let characters = 0;
  for (const item of items) {
    part.push(item);
    characters += item.json.length;
    if (characters < CHARACTERS_AT_ONCE) continue;
    yield part;
    part = [];
    characters = 0;
  }
  if (part.length > 0) yield part;
}
