import pg from 'pg';
import type { Target } from './addresses.ts';
import { ConnectorError } from './errors.ts';
import { explainPostgres } from './postgres-faults.ts';

/** Somebody else's database, of which nothing but reading is wanted. */
export type ForeignDatabase = {
  /** Where it is, looked up and found to be allowed. */
  target: Target;
  database: string;
  user: string;
  password: string;
  /** `verified`: the certificate must be made out to the host; `encrypted`: any certificate; `off`: in clear. */
  tls: 'verified' | 'encrypted' | 'off';
  /** PEM of the authority that vouches for it, where it is none of the well-known. */
  authority: string | undefined;
  statementTimeoutMs: number;
};

export type Column = { name: string; typeId: number };
export type Table = { columns: Column[]; rows: Record<string, unknown>[] };

export type Reader = {
  /** One statement; several in one text are refused by the protocol. */
  query: (text: string, values?: (string | number)[]) => Promise<Table>;
};

const CONNECT_MS = 10_000;

/**
 * Opens a connection and one transaction that cannot write, and closes both whatever happens. A statement is given
 * up after its time, on the server and here, so that a query that is too wide harms neither.
 */
export async function* readOnly<T>(
  given: ForeignDatabase,
  work: (reader: Reader) => AsyncIterable<T>,
): AsyncIterable<T> {
  const client = new pg.Client(optionsOf(given));
  // Broken off while idle: the next query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await begin(client, given.statementTimeoutMs);
    yield* work({ query: (text, values) => ask(client, text, values) });
  } catch (cause) {
    throw cause instanceof ConnectorError ? cause : explainPostgres(cause, given);
  } finally {
    await client.end();
  }
}

function optionsOf(given: ForeignDatabase): pg.ClientConfig {
  const { target, database, user, password, tls, authority, statementTimeoutMs } = given;
  const secure = {
    servername: target.host,
    rejectUnauthorized: tls === 'verified',
    ...(authority ? { ca: authority } : {}),
  };
  return {
    host: target.address,
    port: target.port,
    database,
    user,
    password,
    ssl: tls === 'off' ? false : secure,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: statementTimeoutMs + CONNECT_MS,
    application_name: 'Segments',
    types: { getTypeParser: (typeId: number) => (text: string) => readText(typeId, text) },
  };
}

/**
 * Everything for this transaction only: behind a pooler the next client would inherit what is set for the session.
 * Times come as ISO in UTC.
 */
async function begin(client: pg.Client, statementTimeoutMs: number): Promise<void> {
  await client.query(`begin isolation level repeatable read read only`);
  await client.query(`set local default_transaction_read_only = on`);
  await client.query(`set local statement_timeout = ${Math.round(statementTimeoutMs)}`);
  await client.query(`set local idle_in_transaction_session_timeout = '10min'`);
  await client.query(`set local timezone = 'UTC'`);
  await client.query(`set local datestyle = 'ISO'`);
}

/** The extended protocol takes one statement and no more. */
async function ask(client: pg.Client, text: string, values: (string | number)[] = []): Promise<Table> {
  const statement: pg.QueryConfig & { queryMode: 'extended' } = { text, values, queryMode: 'extended' };
  const result = await client.query<Record<string, unknown>>(statement);
  const columns = result.fields.map(({ name, dataTypeID }) => ({ name, typeId: dataTypeID }));
  return { columns, rows: result.rows };
}

const BOOL = 16;
const SMALL_NUMBERS = new Set([21, 23, 26, 700, 701]);
const JSON_TYPES = new Set([114, 3802]);

/** Large and exact numbers and every kind of time stay text: nothing of them gets lost. */
function readText(typeId: number, text: string): unknown {
  if (typeId === BOOL) return text === 't';
  if (SMALL_NUMBERS.has(typeId)) return Number.isFinite(Number(text)) ? Number(text) : text;
  return JSON_TYPES.has(typeId) ? JSON.parse(text) : text;
}
