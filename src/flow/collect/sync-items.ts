import type { Item } from '../../connectors/contract.ts';
import type { QuarantinedItem } from './quarantine.ts';

/** One record of a vendor as JSON text. The largest real ones (orders with long notes) stay far below. */
export const MAX_ITEM_BYTES = 1_000_000;
const MAX_ID_LENGTH = 500;

/** Parts what can be kept from what cannot, with the reason. A bad record never stops the others. */
export function sortItems(items: Item[]): { good: Item[]; refused: QuarantinedItem[] } {
  const good: Item[] = [];
  const refused: QuarantinedItem[] = [];
  for (const item of items) {
    const fault = findFault(item);
    if (fault) refused.push({ stream: item.stream, ...fault });
    else good.push(item);
  }
  return { good, refused };
}

function findFault(item: Item): Pick<QuarantinedItem, 'path' | 'reason' | 'payload'> | null {
  if (typeof item.payload !== 'object' || item.payload === null)
    return { path: '', reason: 'It is no record: there is nothing in it.', payload: { value: item.payload } };
  const size = JSON.stringify(item.payload).length;
  if (size > MAX_ITEM_BYTES)
    return {
      path: '',
      reason: `It is too large: ${Math.ceil(size / 1e6)} MB, and one record may have 1 MB.`,
      payload: { id: item.externalId, characters: size },
    };
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
