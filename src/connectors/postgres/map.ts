import { z } from 'zod';
import { toDecimal } from '../../base/decimal.ts';
import { Invalid } from '../../base/errors.ts';
import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import type { PostgresSettings } from './settings.ts';
import { instantOf } from './times.ts';

const stored = z.object({ row: z.record(z.string(), z.unknown()) });
type Row = z.infer<typeof stored>['row'];

/** A row as the settings read it now. */
export function map(item: Item, settings: PostgresSettings): MappedRecord[] {
  const { row } = readPayload(item.payload, stored);
  const identifiers = readIdentifiers(row, settings);
  const at = readTime(row, settings);
  if (settings.kind === 'people')
    return [
      {
        type: 'person',
        key: '',
        identifiers,
        traits: readTraits(row, settings),
        changedAt: at,
        consents: [],
      },
    ];
  return [
    {
      type: 'event',
      key: '',
      identifiers,
      name: readName(row, settings),
      occurredAt: at,
      ...readMoney(row, settings),
      properties: readOthers(row, settings),
    },
  ];
}

function readIdentifiers(row: Row, settings: PostgresSettings): GivenIdentifier[] {
  const { userIdColumn, emailColumn, phoneColumn } = settings;
  const columns = [
    ['user_id', userIdColumn],
    ['email', emailColumn],
    ['phone', phoneColumn],
  ] as const;
  const found = columns.flatMap(([kind, column]): GivenIdentifier[] => {
    const value = column === undefined ? undefined : readText(row[column]);
    return value === undefined ? [] : [{ kind, value }];
  });
  if (found.length > 0) return found;
  throw refuse(columns.flatMap(([, column]) => column ?? []).join(', '), 'The row names nobody.');
}

/** Without a time of its own a row counts from the beginning: whatever says when is newer. */
function readTime(row: Row, { timeColumn, cursorColumn, timezone, kind }: PostgresSettings): Date {
  const column = timeColumn ?? cursorColumn;
  const text = readText(row[column]);
  const at = text === undefined || !/^\d{4}-\d\d-\d\d/.test(text) ? null : instantOf(text, timezone);
  if (at) return at;
  if (kind === 'events' || (timeColumn !== undefined && text !== undefined))
    throw refuse(column, 'The row does not say when. Name the column with the time in the settings.');
  return new Date(0);
}

function readName(row: Row, { eventName, eventColumn }: PostgresSettings): string {
  const said = eventColumn === undefined ? undefined : readText(row[eventColumn]);
  const name = said ?? eventName;
  if (name === undefined) throw refuse(eventColumn ?? '', 'The row does not say what happened.');
  return name.slice(0, 255);
}

function readMoney(
  row: Row,
  { valueColumn, currency }: PostgresSettings,
): { value?: string; currency?: string } {
  const given = valueColumn === undefined ? undefined : row[valueColumn];
  if (valueColumn === undefined || given === undefined || given === null) return {};
  const value = toDecimal(given);
  if (value === undefined) throw refuse(valueColumn, 'The amount is not a number.');
  return { value, ...(currency ? { currency } : {}) };
}

/** Addresses under the names rules know them by. */
function readTraits(row: Row, settings: PostgresSettings): Record<string, unknown> {
  const { emailColumn, phoneColumn } = settings;
  return withoutUnset({
    ...readOthers(row, settings),
    ...(emailColumn ? { email: row[emailColumn] } : {}),
    ...(phoneColumn ? { phone: row[phoneColumn] } : {}),
  });
}

/** Every column that means nothing else. */
function readOthers(row: Row, settings: PostgresSettings): Record<string, unknown> {
  const { userIdColumn, emailColumn, phoneColumn, timeColumn, eventColumn, valueColumn, leaveOut } = settings;
  const left = (leaveOut ?? '').split(',').map((name) => name.trim());
  const named = [userIdColumn, emailColumn, phoneColumn, timeColumn, eventColumn, valueColumn, ...left];
  return withoutUnset(Object.fromEntries(Object.entries(row).filter(([name]) => !named.includes(name))));
}

function readText(value: unknown): string | undefined {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' ? undefined : text;
}

function refuse(path: string, message: string): Invalid {
  return new Invalid([{ path, message }]);
}
