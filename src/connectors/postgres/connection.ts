import { ConnectorError } from '../../base/errors.ts';
import { type Column, type Reader, readOnly } from '../../base/read-only-postgres.ts';
import type { Context } from '../contract.ts';
import type { PostgresSettings } from './settings.ts';

type Ctx = Context<PostgresSettings>;

const STATEMENT_MS = 60_000;

/** Runs `work` on one connection that can only read; the address is checked before it is called. */
export async function* withDatabase<T>(
  ctx: Ctx,
  work: (reader: Reader) => AsyncIterable<T>,
): AsyncIterable<T> {
  const { host, port, database, user, password, tls, authority } = ctx.settings;
  const target = await ctx.reach(host, port);
  const given = { target, database, user, password, tls, authority, statementTimeoutMs: STATEMENT_MS };
  yield* readOnly(given, work);
}

/** The query as a table. On lines of its own, so that a comment at its end ends there. */
export function tableOf({ query }: PostgresSettings): string {
  return `(\n${query}\n) as q`;
}

export function columnOf(name: string): string {
  return `q."${name.replaceAll('"', '""')}"`;
}

/** The columns of the query. Throws with the first one that the settings name and the query has not. */
export async function readColumns(reader: Reader, settings: PostgresSettings): Promise<Column[]> {
  const { columns } = await reader.query(`select * from ${tableOf(settings)} limit 0`);
  const has = (name: string) => columns.some((column) => column.name === name);
  const missing = namedIn(settings).find((name) => !has(name));
  if (missing === undefined) return columns;
  const found = columns.map(({ name }) => name).join(', ');
  throw new ConnectorError(`The query has no column called ${missing}. It has: ${found}.`, {
    retryable: false,
    needsReconnect: true,
  });
}

function namedIn(settings: PostgresSettings): string[] {
  const { keyColumn, cursorColumn, userIdColumn, emailColumn, phoneColumn, timeColumn } = settings;
  const { eventColumn, valueColumn } = settings;
  const named = [
    keyColumn,
    cursorColumn,
    userIdColumn,
    emailColumn,
    phoneColumn,
    timeColumn,
    eventColumn,
    valueColumn,
  ];
  return named.filter((name) => name !== undefined);
}
