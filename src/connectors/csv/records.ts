import type { GivenIdentifier, IdentifierKind, MappedConsent, MappedRecord } from '../contract.ts';
import { quote, type Row, readCell, readMoney, readTime, refuse } from './cells.ts';
import type { ConsentColumn, StoredRow } from './mapping.ts';

const DAY_MS = 24 * 3_600_000;
const STRONGEST_FIRST: IdentifierKind[] = ['user_id', 'email', 'phone', 'source', 'anonymous_id'];

/** What a row says of a person. */
export function mapPersonRow(stored: StoredRow): MappedRecord[] {
  return [toPerson(stored, '', readOccurredAt(stored).at)];
}

/** What a row says happened; traits in the same row are told of the person beside it. */
export function mapEventRow(stored: StoredRow): MappedRecord[] {
  const { row, map } = stored;
  const { at, claimed } = readOccurredAt(stored);
  const consents = readConsents(stored);
  const value = map.value ? readMoney(row, map.value.column, map.value.decimal) : undefined;
  const event: MappedRecord = {
    type: 'event',
    key: '',
    identifiers: readIdentifiers(stored),
    name: readEventName(stored),
    occurredAt: at,
    ...(value === undefined ? {} : { value, ...readCurrency(stored) }),
    properties: {
      ...readColumns(row, map.properties),
      ...(claimed ? { original_timestamp: claimed.toISOString() } : {}),
    },
    ...(consents.length > 0 ? { consents } : {}),
  };
  return map.traits ? [event, { ...toPerson(stored, 'person', at), consents: [] }] : [event];
}

type PersonRecord = Extract<MappedRecord, { type: 'person' }>;

function toPerson(stored: StoredRow, key: string, changedAt: Date): PersonRecord {
  return {
    type: 'person',
    key,
    identifiers: readIdentifiers(stored),
    traits: readColumns(stored.row, stored.map.traits),
    changedAt,
    consents: readConsents(stored),
  };
}

function readIdentifiers({ row, map }: StoredRow): GivenIdentifier[] {
  const found = STRONGEST_FIRST.flatMap((kind) => {
    const column = map.identifiers[kind];
    const value = column === undefined ? undefined : readCell(row, column);
    return value === undefined ? [] : [{ kind, value }];
  });
  if (found.length > 0) return found;
  const columns = Object.values(map.identifiers);
  throw refuse(columns.join(', '), 'The row names nobody.');
}

/** Too far ahead is taken as the time of the import, with the claim kept; before 1900 or beyond a year is refused. */
function readOccurredAt({ row, map, zone, importedAt }: StoredRow): { at: Date; claimed?: Date } {
  const imported = new Date(importedAt);
  const at = map.occurredAt ? readTime(row, map.occurredAt, zone) : imported;
  if (!map.occurredAt || !at) {
    if (map.occurredAt && map.event !== undefined)
      throw refuse(map.occurredAt.column, 'The row does not say when.');
    return { at: imported };
  }
  const aheadMs = at.getTime() - imported.getTime();
  if (at.getUTCFullYear() < 1900) throw refuse(map.occurredAt.column, 'The time lies before 1900.');
  if (aheadMs > 366 * DAY_MS) throw refuse(map.occurredAt.column, 'The time lies more than a year ahead.');
  return aheadMs > DAY_MS ? { at: imported, claimed: at } : { at };
}

function readEventName({ row, map }: StoredRow): string {
  if (typeof map.event === 'string') return map.event;
  const name = map.event ? readCell(row, map.event.column) : undefined;
  if (name === undefined) throw refuse(map.event?.column ?? 'event', 'The row does not say what happened.');
  return name.length <= 255 ? name : name.slice(0, 255);
}

function readCurrency({ row, map }: StoredRow): { currency?: string } {
  if (typeof map.currency === 'string') return { currency: map.currency };
  const text = map.currency ? readCell(row, map.currency.column)?.toUpperCase() : undefined;
  if (text === undefined) return {};
  if (!/^[A-Z]{3}$/.test(text))
    throw refuse(map.currency!.column, `${quote(text)} is not a currency of three letters.`);
  return { currency: text };
}

/** An empty cell says nothing; it does not empty what is known. */
function readColumns(row: Row, columns: Record<string, string> | undefined): Record<string, string> {
  const found = Object.entries(columns ?? {}).flatMap(([name, column]) => {
    const value = readCell(row, column);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

function readConsents({ row, map, zone }: StoredRow): MappedConsent[] {
  return (map.consents ?? []).flatMap((consent) => {
    const state = readState(row, consent);
    if (!state) return [];
    const decidedAt = consent.at ? (readTime(row, consent.at, zone) ?? null) : null;
    const proof = { column: consent.column, value: row[consent.column] };
    return [{ channel: consent.channel, topic: consent.topic ?? null, state, decidedAt, proof }];
  });
}

function readState(row: Row, { column, granted, withdrawn }: ConsentColumn): MappedConsent['state'] | null {
  const said = readCell(row, column)?.toLowerCase();
  const isIn = (words: string[]) =>
    said !== undefined && words.some((word) => word.trim().toLowerCase() === said);
  // A word on both lists is no permission.
  if (isIn(withdrawn)) return 'withdrawn';
  return isIn(granted) ? 'granted' : null;
}
