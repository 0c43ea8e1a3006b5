import type { AutomaticSegment } from './automatic.ts';
import type { LibraryEntry, LibraryFigures } from './library-entry.ts';
import { LETTERS_LIBRARY } from './library-letters.ts';
import { SAAS_LIBRARY } from './library-saas.ts';
import { SHOP_LIBRARY } from './library-shop.ts';

/** Too many overlapping defaults are a known complaint; more can be switched on. */
export const MOST_ON_BY_DEFAULT = 12;

/** In the order in which they are switched on. */
export const LIBRARY: LibraryEntry[] = [...SHOP_LIBRARY, ...LETTERS_LIBRARY, ...SAAS_LIBRARY];

export function findLibraryEntry(key: string): LibraryEntry | null {
  return LIBRARY.find((entry) => entry.key === key) ?? null;
}

/** The entries whose data exists; the first dozen are on. */
export function librarySegments(known: {
  events: Set<string>;
  buyers: number;
  figures: LibraryFigures;
}): AutomaticSegment[] {
  return LIBRARY.filter((entry) => hasData(entry, known)).map((entry, index) => ({
    key: entry.key,
    kind: 'library' as const,
    name: entry.name,
    description: entry.who,
    definition: entry.definition(known.figures),
    isEnabled: index < MOST_ON_BY_DEFAULT,
  }));
}

function hasData(entry: LibraryEntry, known: { events: Set<string>; buyers: number }): boolean {
  const { events, buyers } = entry.needs;
  return (!buyers || known.buyers > 0) && (!events || events.some((name) => known.events.has(name)));
}
