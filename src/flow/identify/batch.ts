import type { Scope } from '../../db/doors.ts';
import { emptyRawPayloads } from '../collect/pending.sql.ts';
import { findErased } from './erasures.ts';
import { keyOf, priorityOf } from './kinds.ts';
import { type MappedItem, quarantineRaw, type Refused } from './mapping.ts';
import type { Move } from './merges.sql.ts';
import { placeIdentifiers } from './place.ts';
import { gatherEvidence, readIdentifiers, type Sighting, timeOf } from './sightings.ts';
import { type Removal, writeRecords } from './write.ts';

/** A record, and the profile it turned out to speak of. */
export type PlacedSighting = Sighting & { profileId: string };

export type IdentifiedBatch = {
  /** Everything that was said of people, older versions too. */
  sightings: PlacedSighting[];
  /** What sources took back. */
  removals: Removal[];
  moves: Move[];
  /** Profiles that something was moved to, or written to by an anonymous id: shared devices may be among them. */
  unnamed: Set<string>;
  /** Profiles that this batch made: nothing stands on them yet. */
  made: Set<string>;
  /** Profiles whose segments have to be looked at again. */
  changed: Set<string>;
};

/**
 * Lets mapped items become people and events. Identifiers and links count from every version of a record, so that
 * people never depend on what came first; events from the newest only.
 */
export async function identifyItems(scope: Scope, items: MappedItem[]): Promise<IdentifiedBatch> {
  const seen = await readSightings(scope, items);
  const { profileOf, moves, movedTo, made, changed } = await placeIdentifiers(scope, gatherEvidence(seen));
  const sightings = seen.map((one) => ({ ...one, profileId: profileOf.get(keyOf(one.identifiers[0]))! }));
  const { removals, written } = await writeRecords(scope, items, sightings);
  for (const id of written) changed.add(id);
  const unnamed = new Set([...movedTo, ...sightings.filter(isUnnamed).map(({ profileId }) => profileId)]);
  return { sightings, removals, moves, unnamed, made, changed };
}

function isUnnamed({ identifiers }: Sighting): boolean {
  return identifiers[0].kind === 'anonymous_id';
}

/** Who each record names. One that names nobody is kept in quarantine; of erased people nothing is kept. */
async function readSightings(scope: Scope, items: MappedItem[]): Promise<Sighting[]> {
  const read = items.flatMap(({ raw, records }) =>
    records.flatMap((record) => {
      if (record.type !== 'person' && record.type !== 'event') return [];
      return [
        { raw, record, at: timeOf(record), identifiers: readIdentifiers(raw, record, homeCountry(scope)) },
      ];
    }),
  );
  await quarantineRaw(scope, read.filter(({ identifiers }) => identifiers.length === 0).map(nameless));
  return await leaveOutErased(scope, read.filter(isNamed));
}

type Read = Omit<Sighting, 'identifiers'> & { identifiers: Sighting['identifiers'][number][] };

function isNamed(read: Read): read is Sighting {
  return read.identifiers.length > 0;
}

function nameless({ raw }: Read): Refused {
  return { raw, path: '', reason: 'It names nobody: no identifier that can be told from a placeholder.' };
}

function homeCountry({ workspace }: Scope): string | undefined {
  const { country } = workspace.settings;
  return typeof country === 'string' ? country : undefined;
}

/**
 * An address or account that was erased takes its record with it, and the words it came in. Of an anonymous id only
 * the id is left out: others may sit before that device.
 */
async function leaveOutErased({ db, workspace }: Scope, seen: Sighting[]): Promise<Sighting[]> {
  const erased = await findErased(
    db,
    workspace.id,
    seen.flatMap(({ identifiers }) => identifiers),
  );
  if (erased.size === 0) return seen;
  const kept: Sighting[] = [];
  const emptied: string[] = [];
  for (const one of seen) {
    const known = one.identifiers.filter((identifier) => erased.has(keyOf(identifier)));
    const rest = { ...one, identifiers: one.identifiers.filter((identifier) => !known.includes(identifier)) };
    if (known.every(({ kind }) => priorityOf(kind) === priorityOf('anonymous_id')) && isNamed(rest))
      kept.push(rest);
    else emptied.push(one.raw.id);
  }
  await emptyRawPayloads(db, workspace.id, emptied);
  return kept;
}
