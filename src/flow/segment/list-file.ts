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

/** The rows of one column of a file, one at a time. Without a column, the one whose name tells. */
export async function* readColumn(path: string, column: string): AsyncGenerator<NamedRow> {
  const { encoding } = await inspectFile(path);
  const layout = { encoding, delimiter: await detectDelimiter(path, encoding) };
  const columns = await readHeader(path, layout);
  const place = column === '' ? findTelling(columns) : columns.findIndex((name) => sameName(name, column));
  if (place < 0) {
    const message = `Which column names the people? This file has: ${columns.slice(0, 30).join(', ')}.`;
    throw new Invalid([{ path: 'column', message }]);
  }
  for await (const { line, cells } of readRows(path, layout, columns.length))
    yield { line, text: (cells[place] ?? '').trim() };
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
