import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { storedRow } from './mapping.ts';
import { mapEventRow, mapPersonRow } from './records.ts';

/** Files that someone uploads. Rows come with what their columns mean. */
export default defineConnector({
  key: 'csv',
  name: 'CSV files',
  category: 'signups',
  summary: 'People and events from a spreadsheet, a shop export or any other table.',
  settings: z.strictObject({}),
  // Nothing is fetched: files are uploaded or given to the import command.
  streams: [],
  uncompared: 'A file counts itself: each import shows how many lines it had, and what became of them.',
  map,
  check: async () => 'Ready. Upload a file on the Imports page.',
});

function map(item: Item): MappedRecord[] {
  const parsed = storedRow.safeParse(item.payload);
  if (!parsed.success) {
    throw new Invalid(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  }
  return parsed.data.kind === 'people' ? mapPersonRow(parsed.data) : mapEventRow(parsed.data);
}
