import { Invalid } from '../../../base/errors.ts';
import type { Item } from '../../../connectors/contract.ts';
import { readCell } from '../../../connectors/csv/cells.ts';
import csv from '../../../connectors/csv/csv.ts';
import { type CsvMapping, listColumns, type StoredRow } from '../../../connectors/csv/mapping.ts';
import { hashPayload } from '../canonical.ts';
import type { QuarantinedItem } from '../quarantine.ts';
import type { FileRow } from './read.ts';
import type { UploadKind } from './uploads.ts';

/** What all rows of one import share. */
export type Reading = {
  kind: UploadKind;
  map: CsvMapping;
  use: string;
  columns: string[];
  fileHash: string;
  zone: string;
  importedAt: Date;
};

/** A row ready to be stored, or why it is not. */
export type ReadRow = { item: Item; refused: null } | { item: null; refused: QuarantinedItem };

/** Reads one row: it is tried against its mapping at once, so that what is wrong is told with its line. */
export function readRow(reading: Reading, file: FileRow): ReadRow {
  const row = nameCells(reading.columns, file.cells);
  const refuse = (path: string, reason: string): ReadRow => ({
    item: null,
    refused: { stream: reading.kind, line: file.line, path, reason, payload: row },
  });
  if (file.fault !== null) return refuse('', file.fault);
  try {
    const item = toItem(reading, file.line, row);
    csv.map(item, {});
    return { item, refused: null };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return refuse(error.issues[0]!.path, error.issues[0]!.message);
  }
}

/** A mapping that names a column the file does not have, or leaves out what its kind needs. Throws Invalid. */
export function checkMapping(kind: UploadKind, map: CsvMapping, columns: string[]): void {
  const issues = listColumns(map)
    .filter(({ column }) => !columns.includes(column))
    .map(({ path, column }) => ({ path, message: `The file has no column "${column}".` }));
  if (kind === 'events' && map.event === undefined)
    issues.push({ path: 'event', message: 'Say what happened: a name, or the column that holds it.' });
  if (issues.length > 0) throw new Invalid(issues);
}

function toItem(
  { kind, map, use, fileHash, zone, importedAt }: Reading,
  line: number,
  row: Record<string, string>,
): Item {
  const payload: StoredRow = { kind, row, map, use, zone, importedAt: importedAt.toISOString() };
  return {
    stream: kind,
    externalId: map.externalId ? nameByColumns(row, map.externalId) : `${fileHash}:${line}`,
    version: hashPayload({ row, use }),
    payload,
  };
}

/** With several columns as JSON: joined by any sign, `a-b, c` and `a, b-c` would be one. */
function nameByColumns(row: Record<string, string>, columns: string[]): string {
  const values = columns.map((column) => readCell(row, column) ?? '');
  const empty = columns.find((_column, position) => values[position] === '');
  if (empty !== undefined)
    throw new Invalid([{ path: empty, message: 'The row is known by this column, and it is empty.' }]);
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

function nameCells(columns: string[], cells: string[]): Record<string, string> {
  return Object.fromEntries(
    cells.map((cell, position) => [columns[position] ?? `Column ${position + 1}`, cell]),
  );
}
