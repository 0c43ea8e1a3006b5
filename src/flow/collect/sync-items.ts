import { setImmediate } from 'node:timers/promises';
import type { Item, Page } from '../../connectors/contract.ts';
import { type PackedItems, packItems } from './packed.ts';
import type { QuarantinedItem } from './quarantine.ts';
import { findTooLarge, nameItems, type Origin } from './store.ts';

const MAX_ID_LENGTH = 500;

/** So many items at once; then whatever else is to be done has its turn, the database above all. */
const AT_ONCE = 200;

/** A page as it is stored; its items are let go of. */
export type PreparedPage = Omit<Page, 'items'> & { packed: PackedItems[]; refused: QuarantinedItem[] };

/** Done as pages come, while the database is busy with those before. */
export async function preparePage(origin: Origin, { items, ...page }: Page): Promise<PreparedPage> {
  // Naming writes each as JSON, and so finds the too large.
  const { good, refused } = partItems(items, findFault);
  const packed: PackedItems[] = [];
  for (let at = 0; at < good.length; at += AT_ONCE) {
    const named = nameItems(origin, good.slice(at, at + AT_ONCE));
    if (named.storable.length > 0) packed.push(packItems(origin, named.storable));
    refused.push(...named.refused);
    await setImmediate();
  }
  return { ...page, packed, refused };
}

/** Parts what can be kept from what cannot, with the reason. A bad record never stops the others. */
export function sortItems(items: Item[]): Sorted {
  return partItems(items, (item) => findFault(item) ?? findLarge(item));
}

type Sorted = { good: Item[]; refused: QuarantinedItem[] };
type Fault = Pick<QuarantinedItem, 'path' | 'reason' | 'payload'>;

function partItems(items: Item[], faultOf: (item: Item) => Fault | null): Sorted {
  const good: Item[] = [];
  const refused: QuarantinedItem[] = [];
  for (const item of items) {
    const fault = faultOf(item);
    if (fault) refused.push({ stream: item.stream, ...fault });
    else good.push(item);
  }
  return { good, refused };
}

function findLarge(item: Item): Fault | null {
  const fault = findTooLarge(item, JSON.stringify(item.payload).length);
  return fault && { path: '', ...fault };
}

function findFault(item: Item): Fault | null {
  if (typeof item.payload !== 'object' || item.payload === null)
    return { path: '', reason: 'It is no record: there is nothing in it.', payload: { value: item.payload } };
  if (typeof item.externalId !== 'string' || item.externalId.trim() === '')
    return {
      path: 'id',
      reason: 'It has no id, so it could not be known again.',
      payload: item.payload,
    };
  if (item.externalId.length > MAX_ID_LENGTH)
    return {
      path: 'id',
      reason: `Its id is longer than ${MAX_ID_LENGTH} characters.`,
      payload: item.payload,
    };
  return null;
}
