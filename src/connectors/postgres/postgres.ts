import type { Reader } from '../../base/read-only-postgres.ts';
import { type Context, defineConnector } from '../contract.ts';
import { readColumns, tableOf, withDatabase } from './connection.ts';
import { guide } from './guide.ts';
import { map } from './map.ts';
import { rowsStream } from './rows.ts';
import { type PostgresSettings, settings } from './settings.ts';
import { first, totals } from './totals.ts';

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

async function countRows(reader: Reader, settings: PostgresSettings, most: number): Promise<number> {
  const { rows } = await reader.query(
    `select count(*) as n from (select 1 from ${tableOf(settings)} limit ${most}) as c`,
  );
  return Number(rows[0]?.n);
}
