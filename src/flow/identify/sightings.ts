import type { MappedConsent, MappedRecord } from '../../connectors/contract.ts';
import type { RawEvent } from '../collect/pending.sql.ts';
import { compareStrength, type Identifier, type IdentifierKey, keyOf } from './kinds.ts';
import { pairOf } from './links.sql.ts';
import { matchForm } from './normalise.ts';

export type PersonRecord = Extract<MappedRecord, { type: 'person' | 'event' }>;
export type SeenIdentifier = Identifier & { given: string };

/** A record that names somebody. `identifiers`: strongest first, at least one; the first is what it goes by. */
export type Sighting = {
  raw: RawEvent;
  record: PersonRecord;
  at: Date;
  identifiers: [SeenIdentifier, ...SeenIdentifier[]];
};

/** What a batch says about identifiers and links, each once, with its first and last time. */
export type Evidence = { identifiers: Map<IdentifierKey, SeenSpan>; links: Map<string, SeenLink> };
export type SeenSpan = SeenIdentifier & { sourceId: string; firstAt: Date; lastAt: Date };
export type SeenLink = { a: IdentifierKey; b: IdentifierKey; sourceId: string; firstAt: Date; lastAt: Date };

/** The identifiers of a record that count, strongest first; empty when it names nobody. */
export function readIdentifiers(raw: RawEvent, record: PersonRecord, homeCountry?: string): SeenIdentifier[] {
  const country = countryOf(record) ?? homeCountry;
  const found = record.identifiers.flatMap(({ kind, value: given }) => {
    const value = matchForm(kind, given, { country });
    return value === null
      ? []
      : [{ kind: kind === 'source' ? `source:${raw.sourceId}` : kind, value, given }];
  });
  return [...new Map(found.map((one) => [keyOf(one), one])).values()].sort(compareStrength);
}

export function timeOf(record: PersonRecord): Date {
  return record.type === 'person' ? record.changedAt : record.occurredAt;
}

export function consentsOf(record: PersonRecord): MappedConsent[] {
  return record.consents ?? [];
}

/** Every identifier, and every two that came together. */
export function gatherEvidence(sightings: Sighting[]): Evidence {
  const evidence: Evidence = { identifiers: new Map(), links: new Map() };
  for (const { raw, at, identifiers } of sightings) {
    const keys = identifiers.map(keyOf);
    for (const [n, one] of identifiers.entries()) {
      addSpan(evidence.identifiers, keys[n]!, at, () => ({
        ...one,
        sourceId: raw.sourceId,
        firstAt: at,
        lastAt: at,
      }));
      for (const other of keys.slice(n + 1)) {
        const { a, b, pair } = pairOf(keys[n]!, other);
        addSpan(evidence.links, pair, at, () => ({ a, b, sourceId: raw.sourceId, firstAt: at, lastAt: at }));
      }
    }
  }
  return evidence;
}

function addSpan<Span extends { firstAt: Date; lastAt: Date }>(
  spans: Map<string, Span>,
  key: string,
  at: Date,
  make: () => Span,
): void {
  const known = spans.get(key);
  if (!known) spans.set(key, make());
  else if (at < known.firstAt) known.firstAt = at;
  else if (at > known.lastAt) known.lastAt = at;
}

/** Two letters, as the record itself says: they read its local phone numbers. */
function countryOf(record: PersonRecord): string | undefined {
  const said = record.type === 'person' ? record.traits.country : record.properties.country;
  return typeof said === 'string' && /^[A-Za-z]{2}$/.test(said) ? said : undefined;
}
