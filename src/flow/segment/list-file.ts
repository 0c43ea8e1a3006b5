import { Invalid } from '../../base/errors.ts';
import { inspectFile } from '../collect/csv/encoding.ts';
import { detectDelimiter, readHeader, readRows } from '../collect/csv/read.ts';
import type { NamedRow } from './lists.ts';

/** Columns that name people in the files of others, the surest first. */
const TELLING = [
  /^e-?mail/i,
  /mail/i,
  /^(user|customer|account|profile).?id$/i,
  /^profile$/i,
  /^id$/i,
  /phone/i,
];

/** What names somebody is no heading: the file has none. A number alone may be a year. */
const NAMES_SOMEBODY = /@|^\+?\d[\d\s()/.-]{4,}$|^[0-9a-f]{8}-[0-9a-f]{4}-/i;

/**
 * The rows of one column of a file, one at a time; the headings are line 1, as in a spreadsheet. Without a column, the
 * one whose name tells; of a file without headings, the first that names somebody.
 */
export async function* readColumn(path: string, column: string): AsyncGenerator<NamedRow> {
  const { encoding } = await inspectFile(path);
  const layout = { encoding, delimiter: await detectDelimiter(path, encoding) };
  const columns = await readHeader(path, layout);
  const naming = column === '' ? columns.findIndex((name) => NAMES_SOMEBODY.test(name)) : -1;
  const place = naming < 0 ? findColumn(columns, column) : naming;
  if (naming >= 0) yield { line: 1, text: columns[place]! };
  for await (const { line, cells, fault } of readRows(path, layout, columns.length))
    yield { line: line + 1, text: (cells[place] ?? '').trim(), ...(fault && { fault }) };
}

function findColumn(columns: string[], column: string): number {
  const place = column === '' ? findTelling(columns) : columns.findIndex((name) => sameName(name, column));
  if (place >= 0) return place;
  const message = `Which column names the people? This file has: ${columns.slice(0, 30).join(', ')}.`;
  throw new Invalid([{ path: 'column', message }]);
}

function findTelling(columns: string[]): number {
  for (const pattern of TELLING) {
    const place = columns.findIndex((name) => pattern.test(name.trim()));
    if (place >= 0) return place;
  }
  return columns.length === 1 ? 0 : -1;
}

function sameName(name: string, asked: string): boolean {
  return name.trim().toLowerCase() === asked.trim().toLowerCase();
}
