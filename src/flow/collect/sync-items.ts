import type { Item, Page } from '../../connectors/contract.ts';
import type { QuarantinedItem } from './quarantine.ts';
import { type NamedItems, nameItems, type Origin } from './store.ts';

const MAX_ID_LENGTH = 500;

/** A page as it is stored; its items are let go of. */
export type PreparedPage = NamedItems & Omit<Page, 'items'>;

/** Done as pages come, while the database is busy with those before. */
export function preparePage(origin: Origin, { items, ...page }: Page): PreparedPage {
  const { good, refused } = sortItems(items);
  const named = nameItems(origin, good);
  return { ...page, storable: named.storable, refused: [...named.refused, ...refused] };
}

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
