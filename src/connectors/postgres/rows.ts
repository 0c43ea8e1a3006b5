import { z } from 'zod';
import type { Column, Reader } from '../../base/read-only-postgres.ts';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor } from '../reading/answers.ts';
import { isBetween, isExact, isTime, type Put, WITH_ZONE } from './column-types.ts';
import { columnOf, readColumns, tableOf, withDatabase } from './connection.ts';
import type { PostgresSettings } from './settings.ts';
import { instantOf, localText } from './times.ts';

type Ctx = Context<PostgresSettings>;

/** Rows held in memory at once. */
const PAGE_ROWS = 1_000;
/** Rows read in one transaction: long ones keep the other database from tidying up. */
const SLICE_ROWS = 50_000;
/** Numbers are given out in order but not written in order. */
const NUMBERS_AGAIN = 1_000;

const rowsCursor = z.object({ value: z.string() });
/** Where a reading has come to: the last row read, by cursor and key. */
type Place = { value: string; key: string };

/** By the cursor column, ties by the key; each run begins a little before where the last one ended. */
export const rowsStream: Stream<PostgresSettings> = {
  key: 'rows',
  title: 'Rows of the query',
  cursor: rowsCursor,
  pull: pullRows,
};

async function* pullRows(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const known = readCursor(given, rowsCursor);
  let place: Place | null = null;
  for (let isFull = true; isFull; ) {
    let rows = 0;
    const from: Place | null = place;
    const slice: AsyncIterable<Batch> = withDatabase(ctx, (reader) =>
      readSlice(ctx, reader, { known: known?.value ?? null, from }),
    );
    for await (const batch of slice) {
      rows += batch.items.length;
      place = batch.place;
      yield { items: batch.items, cursor: ctx.window ? known : batch.cursor };
    }
    isFull = rows === SLICE_ROWS;
  }
}

type Batch = { items: Item[]; place: Place; cursor: z.infer<typeof rowsCursor> };

/** Up to so many rows through a cursor of the server's, a page at a time. */
async function* readSlice(
  ctx: Ctx,
  reader: Reader,
  start: { known: string | null; from: Place | null },
): AsyncIterable<Batch> {
  const columns = await readColumns(reader, ctx.settings);
  const column = cursorOf(ctx, columns);
  const { text, values } = selectRows(ctx, columns, start);
  await reader.query(`declare segments_rows no scroll cursor for ${text}`, values);
  for (;;) {
    const { rows } = await reader.query(`fetch ${PAGE_ROWS} from segments_rows`);
    if (rows.length > 0) yield toBatch(ctx, rows, column);
    if (rows.length < PAGE_ROWS) return;
  }
}

function selectRows(
  { settings, window }: Ctx,
  columns: Column[],
  { known, from }: { known: string | null; from: Place | null },
): { text: string; values: string[] } {
  const [cursor, key] = [columnOf(settings.cursorColumn), columnOf(settings.keyColumn)];
  const values: string[] = [];
  const put: Put = (value) => `$${values.push(value)}`;
  const conditions = [`${cursor} is not null`];
  if (from) conditions.push(`(${cursor}, ${key}) > (${put(from.value)}, ${put(from.key)})`);
  else if (!window && known !== null)
    conditions.push(`${cursor} >= ${lessOverlap(put(known), cursorOf({ settings }, columns), settings)}`);
  const dated = window && datedBy(settings, columns);
  if (dated) conditions.push(isBetween(dated, settings.timezone, put, window));
  const where = conditions.join(' and ');
  const text = `select * from ${tableOf(settings)} where ${where} order by ${cursor}, ${key} limit ${SLICE_ROWS}`;
  return { text, values };
}

/** What a day is a day of: for events when they happened, else when the row changed; undefined where that is no time. */
function datedBy(
  { kind, timeColumn, cursorColumn }: PostgresSettings,
  columns: Column[],
): Column | undefined {
  const name = kind === 'events' ? (timeColumn ?? cursorColumn) : cursorColumn;
  return columns.find((column) => column.name === name && isTime(column));
}

function cursorOf({ settings }: Pick<Ctx, 'settings'>, columns: Column[]): Column {
  return columns.find(({ name }) => name === settings.cursorColumn)!;
}

/** Where a run begins again: minutes or numbers before the last one seen, of other kinds at the last itself. */
function lessOverlap(place: string, column: Column, { overlapMinutes }: PostgresSettings): string {
  if (isTime(column)) return `${place}::timestamptz - interval '${overlapMinutes} minutes'`;
  return isExact(column) ? `${place}::numeric - ${NUMBERS_AGAIN}` : place;
}

function toBatch({ settings, clock }: Ctx, rows: Record<string, unknown>[], column: Column): Batch {
  const items = rows.map((row) => ({
    stream: 'rows',
    externalId: textOf(row[settings.keyColumn]),
    payload: { row },
  }));
  const last = rows.at(-1)!;
  const place = { value: textOf(last[settings.cursorColumn]), key: textOf(last[settings.keyColumn]) };
  // A row dated in the future does not carry the cursor past the present.
  const at = isTime(column) ? instantOf(place.value, settings.timezone) : null;
  const zone = column.typeId === WITH_ZONE ? 'UTC' : settings.timezone;
  const value = at && at > clock() ? localText(clock(), zone) : place.value;
  return { items, place, cursor: { value } };
}

function textOf(value: unknown): string {
  return value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}
