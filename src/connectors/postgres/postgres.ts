import type { Reader } from '../../base/read-only-postgres.ts';
import { type Context, defineConnector, type VendorTotal } from '../contract.ts';
import { readColumns, tableOf, withDatabase } from './connection.ts';
import { guide } from './guide.ts';
import { map } from './map.ts';
import { rowsStream } from './rows.ts';
import { type PostgresSettings, settings } from './settings.ts';

type Ctx = Context<PostgresSettings>;

/** Counting further says nothing that a person needs to know before connecting. */
const MOST_COUNTED = 100_000;

export default defineConnector<PostgresSettings>({
  key: 'postgres',
  name: 'Postgres',
  category: 'signups',
  summary: 'People or events from a database of your own, by a query that can only read.',
  guide,
  settings,
  streams: [rowsStream],
  map,
  totals,
  check,
});

async function check(ctx: Ctx): Promise<string> {
  const found = withDatabase(ctx, async function* (reader) {
    const columns = await readColumns(reader, ctx.settings);
    const count = await countRows(reader, ctx.settings, MOST_COUNTED + 1);
    const rows =
      count > MOST_COUNTED ? `More than ${MOST_COUNTED.toLocaleString('en')}` : count.toLocaleString('en');
    yield `${rows} rows, ${columns.length} columns: ${columns.map(({ name }) => name).join(', ')}`;
  });
  return await first(found);
}

/** How many people the query gives. Events are not counted: a row may say when it happened in any column. */
async function totals(ctx: Ctx): Promise<VendorTotal[]> {
  if (ctx.settings.kind !== 'people') return [];
  const count = withDatabase(ctx, async function* (reader) {
    yield await countRows(reader, ctx.settings, null);
  });
  return [{ stream: 'rows', day: null, figure: 'people', value: String(await first(count)) }];
}

async function countRows(reader: Reader, settings: PostgresSettings, most: number | null): Promise<number> {
  const limit = most === null ? '' : `limit ${most}`;
  const { rows } = await reader.query(
    `select count(*) as n from (select 1 from ${tableOf(settings)} ${limit}) as c`,
  );
  return Number(rows[0]?.n);
}

async function first<T>(given: AsyncIterable<T>): Promise<T> {
  for await (const one of given) return one;
  throw new Error('A query that counts gives a row.');
}
