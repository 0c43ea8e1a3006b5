import type { AutomaticSegment } from './automatic.ts';
import type { LibraryData, LibraryEntry, LibraryFigures } from './library-entry.ts';
import { LETTERS_LIBRARY } from './library-letters.ts';
import { PREDICTED_LIBRARY } from './library-predicted.ts';
import { SAAS_LIBRARY } from './library-saas.ts';
import { SHOP_LIBRARY } from './library-shop.ts';

/** Too many overlapping defaults are a known complaint; more can be switched on. */
export const MOST_ON_BY_DEFAULT = 12;

/** In the order in which they are switched on. */
export const LIBRARY: LibraryEntry[] = [
  ...SHOP_LIBRARY,
  ...LETTERS_LIBRARY,
  ...SAAS_LIBRARY,
  ...PREDICTED_LIBRARY,
];

export function findLibraryEntry(key: string): LibraryEntry | null {
  return LIBRARY.find((entry) => entry.key === key) ?? null;
}

/**
 * The entries whose data exists. `isOn` says of those that were there before whether they are on; new ones are on until
 * a dozen is: data that comes later finds fewer places left.
 */
export function librarySegments(
  known: LibraryData & { figures: LibraryFigures; isOn: Map<string, boolean> },
): AutomaticSegment[] {
  const found = LIBRARY.filter((entry) => missingFor(entry, known) === null);
  const places = MOST_ON_BY_DEFAULT - [...known.isOn.values()].filter(Boolean).length;
  const added = found.filter(({ key }) => !known.isOn.has(key)).slice(0, Math.max(0, places));
  return found.map((entry) => ({
    key: entry.key,
    kind: 'library' as const,
    name: entry.name,
    description: entry.who,
    definition: entry.definition(known.figures),
    isEnabled: known.isOn.get(entry.key) ?? added.includes(entry),
  }));
}

/** In words what a business would have to have for this entry to say anything; null where it has it. */
export function missingFor({ needs }: LibraryEntry, known: LibraryData): string | null {
  if (needs.predictions && !known.hasPredictions)
    return 'Needs predictions of who will buy; nobody has been given one yet.';
  if (needs.buyers && known.buyers === 0) return 'Needs orders; nobody has bought yet.';
  for (const names of [needs.events, needs.also])
    if (names && !names.some((name) => known.events.has(name)))
      return `Needs events that never came: ${names.join(' or ')}.`;
  return null;
}
