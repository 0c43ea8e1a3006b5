import { Readable } from 'node:stream';
import { guardFormula } from '../base/formula.ts';

export type CsvCell = string | number | boolean | Date | null | undefined;
export type CsvRow = CsvCell[];

/** The mark by which Excel knows UTF-8. */
const BOM = '\uFEFF';

/** A download for spreadsheets: every export of the product goes through here, row by row. */
export function writeCsv(header: string[], rows: AsyncIterable<CsvRow> | Iterable<CsvRow>): Readable {
  return Readable.from(writeLines(header, rows));
}

/** One line of RFC 4180, its end included. A cell that a spreadsheet would run is guarded. */
export function toCsvLine(cells: CsvRow): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

async function* writeLines(
  header: string[],
  rows: AsyncIterable<CsvRow> | Iterable<CsvRow>,
): AsyncGenerator<string> {
  yield BOM + toCsvLine(header);
  for await (const row of rows) yield toCsvLine(row);
}

function toCell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  const text = guardFormula(value instanceof Date ? value.toISOString() : String(value));
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
