import { Invalid } from '../../../base/errors.ts';
import type { CsvMapping } from '../../../connectors/csv/mapping.ts';
import { type FileRow, readHeader, readRows } from './read.ts';
import { readRow } from './rows.ts';
import type { Upload, UploadKind } from './uploads.ts';

/** The columns of a file and its first rows. */
export type Sample = { columns: string[]; rows: FileRow[] };

export async function readSample(upload: Upload, path: string, limit: number): Promise<Sample> {
  const columns = await readHeader(path, upload.layout);
  const rows: FileRow[] = [];
  for await (const row of readRows(path, upload.layout, columns.length)) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  return { columns, rows };
}

/** Throws Invalid when a mapping reads none of the first rows: better told now than a million rows later. */
export function trySample(
  sample: Sample,
  upload: Upload,
  given: { kind: UploadKind; map: CsvMapping; zone: string },
): void {
  const reading = {
    ...given,
    use: '',
    columns: sample.columns,
    fileHash: upload.fileHash,
    importedAt: upload.createdAt,
  };
  const read = sample.rows.map((row) => readRow(reading, row));
  const first = read.find((row) => row.refused !== null)?.refused;
  if (!first || read.some((row) => row.item !== null)) return;
  const place = first.path ? `line ${first.line}, ${first.path}` : `line ${first.line}`;
  throw new Invalid([
    {
      path: '',
      message: `None of the first ${read.length} rows can be read this way. ${place}: ${first.reason}`,
    },
  ]);
}
