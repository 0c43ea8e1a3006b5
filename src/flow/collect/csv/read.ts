import { createReadStream } from 'node:fs';
import { PassThrough, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import iconv from 'iconv-lite';
import { Invalid } from '../../../base/errors.ts';
import type { Encoding } from './encoding.ts';

export type Delimiter = ',' | ';' | '\t';
export type Layout = { encoding: Encoding; delimiter: Delimiter };

/** A row of the file. `line` counts rows, 1 is the first after the header; `fault`: why it cannot be read. */
export type FileRow = { line: number; cells: string[]; fault: string | null; bytesRead: number };

const DELIMITERS: Delimiter[] = [',', ';', '\t'];
/** A quote that is never closed would otherwise read the rest of the file into one cell. */
const MAX_ROW_CHARS = 1_000_000;
const SAMPLE_CHARS = 65_536;

/** The names of the columns: as in the first row; one that is empty or stands twice gets a number. */
export async function readHeader(path: string, layout: Layout): Promise<string[]> {
  for await (const { cells } of parseFile(path, layout)) return nameColumns(cells);
  throw new Invalid([{ path: 'file', message: 'The file has no rows.' }]);
}

/** The rows after the header, one at a time: the file is never in memory. */
export async function* readRows(path: string, layout: Layout, columns: number): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const { cells, bytesRead } of parseFile(path, layout)) {
    if (line > 0) yield { line, cells, fault: findFault(cells, columns), bytesRead };
    line++;
  }
}

/** The separator that parts the first lines into most columns, quotes respected. */
export async function detectDelimiter(path: string, encoding: Encoding): Promise<Delimiter> {
  const text = await readSample(path, encoding);
  const header = firstLine(text.replaceAll(/"(?:[^"]|"")*"/g, '""'));
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

async function* parseFile(
  path: string,
  { encoding, delimiter }: Layout,
): AsyncGenerator<{ cells: string[]; bytesRead: number }> {
  const file = createReadStream(path);
  const parser = parse({
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARS,
  });
  // The parser passes every fault on, its own and those of the streams before it.
  pipeline(file, iconv.decodeStream(encoding), parser, (cause) => void (cause && parser.destroy(cause)));
  try {
    for await (const cells of parser as AsyncIterable<string[]>) yield { cells, bytesRead: file.bytesRead };
  } catch (cause) {
    throw cause instanceof CsvError ? explain(cause) : cause;
  } finally {
    file.destroy();
  }
}

function explain(cause: CsvError): Invalid {
  const line = 'lines' in cause ? Number(cause.lines) : 0;
  const message = `From line ${line} on the file cannot be read: a quote is opened and never closed, or a row is endless.`;
  return new Invalid([{ path: 'file', message }], { cause });
}

function nameColumns(cells: string[]): string[] {
  const names: string[] = [];
  for (const [position, cell] of cells.entries()) {
    const base = cell.trim() || `Column ${position + 1}`;
    let name = base;
    for (let number = 2; names.includes(name); number++) name = `${base} (${number})`;
    names.push(name);
  }
  return names;
}

function findFault(cells: string[], columns: number): string | null {
  if (cells.length !== columns) return `The row has ${cells.length} cells; the header has ${columns}.`;
  return cells.some((cell) => cell.includes('\u0000'))
    ? 'The row holds a character that cannot be kept.'
    : null;
}

async function readSample(path: string, encoding: Encoding): Promise<string> {
  const decoded = createReadStream(path, { end: SAMPLE_CHARS })
    .pipe(iconv.decodeStream(encoding))
    .pipe(new PassThrough());
  const chunks: Buffer[] = [];
  for await (const chunk of decoded) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function firstLine(text: string): string {
  return text.split(/\r\n|\n|\r/).find((line) => line.trim() !== '') ?? '';
}
