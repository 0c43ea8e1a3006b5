import { now } from '../../base/clock.ts';
import { sha256 } from '../../base/secrets.ts';
import type { Scope } from '../../db/doors.ts';
import { hashId } from '../../db/ids.ts';
import type { RawEvent } from '../collect/pending.sql.ts';
import { madeAtOf, mayBeMailed } from '../collect/vendor-state.ts';
import type { PlacedSighting } from './batch.ts';
import { deleteEvents, type EventRow, numberNames, upsertEvents } from './events.sql.ts';
import type { MappedItem } from './mapping.ts';
import { loadRecords, type StoredRecord, upsertRecords } from './records.sql.ts';
import { compareVersions } from './versions.ts';

/** A source says that somebody is no longer there: what it said of them by this identifier is taken back. */
export type Removal = { profileId: string; sourceId: string; viaKind: string; viaValue: string; at: Date };

export type Written = { removals: Removal[]; written: Set<string> };

/**
 * Writes the events of the newest version of each record, takes back what an older one said, and remembers the
 * version. An older version that comes late changes nothing. May run twice.
 */
export async function writeRecords(
  { db, workspace }: Scope,
  items: MappedItem[],
  sightings: PlacedSighting[],
): Promise<Written> {
  const byItem = Map.groupBy(sightings, ({ raw }) => raw.id);
  const stored = await loadRecords(db, workspace.id, listVersioned(items));
  const chosen = chooseNewest(items, stored);
  const changes = chosen.map((item) => describeChange(item, byItem.get(item.raw.id) ?? [], stored));
  const names = await numberNames(db, workspace.id, listNames(changes), now());
  const rows = lastOfEach(
    changes.flatMap(({ events, isRepeat }) => (isRepeat ? [] : events.map((one) => toRow(one, names)))),
  );
  await deleteEvents(db, workspace.id, listTakenBack(changes, rows));
  await upsertEvents(db, workspace.id, rows);
  await upsertRecords(
    db,
    workspace.id,
    changes.flatMap(({ record }) => record ?? []),
    now(),
  );
  const removals = changes.flatMap(({ removal }) => removal ?? []);
  const written = new Set(
    [...rows, ...removals, ...sightings.filter(isPerson), ...changes.flatMap(takenFrom)].map(
      ({ profileId }) => profileId,
    ),
  );
  return { removals, written };
}

type Change = {
  events: PlacedSighting[];
  before: StoredRecord | undefined;
  /** The same words in a newer version: nothing is written again. */
  isRepeat: boolean;
  record: StoredRecord | null;
  removal: Removal | null;
};

function listVersioned(items: MappedItem[]): string[] {
  return [...new Set(items.filter(({ raw }) => raw.version !== '').map(({ raw }) => raw.subject))];
}

/** Of each thing the newest version, unless a newer one stands there already; versions without order by arrival. */
function chooseNewest(items: MappedItem[], stored: Map<string, StoredRecord>): MappedItem[] {
  const chosen = new Map<string, MappedItem>();
  for (const item of items) {
    const { subject, version } = item.raw;
    const best = chosen.get(subject)?.raw.version ?? stored.get(subject)?.version;
    if (best === undefined || compareVersions(version, best) >= 0) chosen.set(subject, item);
  }
  return [...chosen.values()];
}

function describeChange(
  { raw, records }: MappedItem,
  said: PlacedSighting[],
  stored: Map<string, StoredRecord>,
): Change {
  const before = stored.get(raw.subject);
  const events = said.filter(({ record }) => record.type === 'event');
  const [first] = said;
  const isKept = raw.version !== '' || (events.length === 0 && first !== undefined);
  const contentHash = isKept || before ? sha256(JSON.stringify(records)).slice(0, 32) : '';
  const isRemoved = records.some(({ type }) => type === 'removed');
  const madeAt = madeAtOf(records) ?? before?.madeAt ?? null;
  const there = { madeAt, isGone: isRemoved, isSubscribed: mayBeMailed(records) };
  const parts = { contentHash, events, said: first, before, there };
  const record = isKept ? toRecord(raw, parts) : null;
  const removal = isRemoved && before ? toRemoval(raw, before) : null;
  return {
    events,
    before,
    isRepeat: before !== undefined && before.contentHash === contentHash,
    record,
    removal,
  };
}

type Parts = {
  contentHash: string;
  events: PlacedSighting[];
  said: PlacedSighting | undefined;
  before: StoredRecord | undefined;
  there: Pick<StoredRecord, 'madeAt' | 'isGone' | 'isSubscribed'>;
};

function toRecord(raw: RawEvent, parts: Parts): StoredRecord {
  const { contentHash, events, said, before, there } = parts;
  return {
    subject: raw.subject,
    sourceId: raw.sourceId,
    stream: raw.stream,
    version: raw.version,
    contentHash,
    profileId: said?.profileId ?? before?.profileId ?? null,
    viaKind: said?.identifiers[0].kind ?? before?.viaKind ?? null,
    viaValue: said?.identifiers[0].value ?? before?.viaValue ?? null,
    eventIds: events.map(eventIdOf),
    ...there,
  };
}

function toRemoval(raw: RawEvent, { profileId, viaKind, viaValue }: StoredRecord): Removal | null {
  if (!profileId || !viaKind || !viaValue) return null;
  return { profileId, sourceId: raw.sourceId, viaKind, viaValue, at: raw.receivedAt };
}

function eventIdOf({ raw, record }: PlacedSighting): string {
  return hashId(raw.subject, record.key);
}

function listNames(changes: Change[]): string[] {
  return [
    ...new Set(
      changes.flatMap(({ events }) =>
        events.flatMap(({ record }) => (record.type === 'event' ? [record.name] : [])),
      ),
    ),
  ];
}

function toRow(one: PlacedSighting, names: Map<string, number>): EventRow {
  const { raw, record, at, identifiers, profileId } = one;
  if (record.type !== 'event') throw new Error('Only events become rows of events.');
  return {
    profileId,
    id: eventIdOf(one),
    nameId: names.get(record.name)!,
    occurredAt: at,
    receivedAt: raw.receivedAt,
    value: record.value ?? null,
    currency: record.value === undefined ? null : (record.currency ?? null),
    properties: JSON.stringify(record.properties),
    sourceId: raw.sourceId,
    subject: raw.subject,
    viaKind: identifiers[0].kind,
    viaValue: identifiers[0].value,
  };
}

/** Two records of one item under one key are one event; the last stands. */
function lastOfEach(rows: EventRow[]): EventRow[] {
  return [...new Map(rows.map((row) => [`${row.profileId} ${row.id}`, row])).values()];
}

/** Events of the version before that the new one does not say, or says of somebody else. */
function listTakenBack(changes: Change[], rows: EventRow[]): { profileId: string; id: string }[] {
  const kept = new Set(rows.map(({ profileId, id }) => `${profileId} ${id}`));
  return changes.flatMap(({ before, isRepeat }) => {
    if (isRepeat || !before?.profileId) return [];
    const { profileId, eventIds } = before;
    return eventIds.map((id) => ({ profileId, id })).filter((old) => !kept.has(`${old.profileId} ${old.id}`));
  });
}

function isPerson({ record }: PlacedSighting): boolean {
  return record.type === 'person';
}

function takenFrom({ before, isRepeat }: Change): { profileId: string }[] {
  return before?.profileId && !isRepeat ? [{ profileId: before.profileId }] : [];
}
