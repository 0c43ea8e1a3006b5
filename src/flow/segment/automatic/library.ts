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

/** The entries whose data exists; the first dozen are on. */
export function librarySegments(known: LibraryData & { figures: LibraryFigures }): AutomaticSegment[] {
  return LIBRARY.filter((entry) => missingFor(entry, known) === null).map((entry, index) => ({
    key: entry.key,
    kind: 'library' as const,
    name: entry.name,
    description: entry.who,
    definition: entry.definition(known.figures),
    isEnabled: index < MOST_ON_BY_DEFAULT,
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
