import type { Column, Reader } from '../../base/read-only-postgres.ts';
import type { Context, VendorTotal } from '../contract.ts';
import { minus, sum } from '../reading/decimals.ts';
import { isBetween, isExact, isTime, type Put, toInstant } from './column-types.ts';
import { columnOf, readColumns, tableOf, withDatabase } from './connection.ts';
import type { PostgresSettings } from './settings.ts';

type Ctx = Context<PostgresSettings>;
type Counted = { day: string; name: string; rows: string; money: string };

/** What can be compared: these events have the same meaning whatever the source. */
const COUNTED = ['order_placed', 'order_refunded', 'email_sent'];

/** People as many as the query gives now; orders, refunds and mails by the day they happened. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const figures = withDatabase(ctx, async function* (reader) {
    const columns = await readColumns(reader, ctx.settings);
    yield ctx.settings.kind === 'people'
      ? await countPeople(reader, ctx.settings)
      : await countEvents(reader, ctx.settings, { columns, from, to });
  });
  return await first(figures);
}

export async function first<T>(given: AsyncIterable<T>): Promise<T> {
  for await (const one of given) return one;
  throw new Error('A query that counts gives a row.');
}

/** Rows with an empty cursor are not read, so they are not counted. */
async function countPeople(reader: Reader, settings: PostgresSettings): Promise<VendorTotal[]> {
  const { rows } = await reader.query(
    `select count(*) as n from ${tableOf(settings)} where ${columnOf(settings.cursorColumn)} is not null`,
  );
  return [{ stream: 'rows', day: null, figure: 'people', value: String(rows[0]?.n) }];
}

/** Nothing where the time is no time: a row may say when it happened in words. */
async function countEvents(
  reader: Reader,
  settings: PostgresSettings,
  { columns, from, to }: { columns: Column[]; from: Date; to: Date },
): Promise<VendorTotal[]> {
  const columnNamed = (name: string | undefined) => columns.find((column) => column.name === name);
  const time = columnNamed(settings.timeColumn ?? settings.cursorColumn);
  if (!time || !isTime(time)) return [];
  const amount = columnNamed(settings.valueColumn);
  const hasMoney = amount !== undefined && isExact(amount) && settings.currency !== undefined;
  const values: string[] = [];
  const put: Put = (value) => `$${values.push(value)}`;
  const at = toInstant(time, settings.timezone, put);
  const { rows } = await reader.query(
    `select to_char(${at} at time zone 'UTC', 'YYYY-MM-DD') as day, ${nameOf(settings, put)} as name,
            count(*)::text as rows, ${hasMoney ? `coalesce(sum(${columnOf(amount.name)}), 0)::text` : `'0'`} as money
       from ${tableOf(settings)}
      where ${columnOf(settings.cursorColumn)} is not null
        and ${isBetween(time, settings.timezone, put, { from, to })}
      group by 1, 2 order by 1, 2`,
    values,
  );
  const counted = (rows as Counted[]).filter(({ name }) => COUNTED.includes(name));
  const days = Map.groupBy(counted, ({ day }) => day);
  return [...days].flatMap(([day, own]) => figuresOf(day, own, hasMoney ? settings.currency : undefined));
}

/** What happened, as `map` reads it. */
function nameOf({ eventColumn, eventName }: PostgresSettings, put: Put): string {
  const fallback = `${put(eventName ?? '')}::text`;
  return eventColumn === undefined
    ? fallback
    : `coalesce(nullif(btrim(${columnOf(eventColumn)}::text), ''), ${fallback})`;
}

function figuresOf(day: string, own: Counted[], currency: string | undefined): VendorTotal[] {
  const of = (name: string) => own.find((one) => one.name === name);
  const figure = (figure: VendorTotal['figure'], value: string, money = {}) => ({
    stream: 'rows',
    figure,
    day,
    value,
    ...money,
  });
  const [placed, refunded, sent] = COUNTED.map(of);
  const gross = placed?.money ?? '0';
  const refunds = refunded?.money ?? '0';
  return [
    ...(placed ? [figure('orders', placed.rows)] : []),
    ...(sent ? [figure('sent', sent.rows)] : []),
    ...(currency && (placed || refunded) ? [figure('net_revenue', minus(gross, refunds), { currency })] : []),
    ...(currency && refunded ? [figure('refunds', sum(refunds), { currency })] : []),
  ];
}
