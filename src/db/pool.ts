import type { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { log } from '../base/log.ts';

/** A transaction, or the pool itself: what every function that speaks SQL takes first. */
export type Db = Pick<
  NodePgDatabase,
  | 'select'
  | 'selectDistinct'
  | 'selectDistinctOn'
  | 'insert'
  | 'update'
  | 'delete'
  | 'execute'
  | 'transaction'
>;

/**
 * A handle on the database. `role` is who its workspace door acts as: the pipeline as owner, or the web role
 * that row-level security holds to one workspace.
 */
export type Database = { pool: pg.Pool; db: Db; role: 'pipeline' | 'web'; url: string };

const STATEMENT_TIMEOUT_MS = 15 * 60_000;
const WEB_STATEMENT_TIMEOUT_MS = 30_000;
/** From one minute's refresh to the next: a new connection reads the catalog and maps all memory anew. */
const PIPELINE_IDLE_MS = 5 * 60_000;
const WEB_IDLE_MS = 10_000;

/** Opens a pool. Times are UTC, `synchronous_commit` is on whatever the server says. */
export function openDatabase(
  url: string,
  options: { role?: Database['role']; max?: number; name?: string } = {},
): Database {
  const role = options.role ?? 'pipeline';
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.name ?? `segments-${role}`,
    idleTimeoutMillis: role === 'web' ? WEB_IDLE_MS : PIPELINE_IDLE_MS,
    statement_timeout: role === 'web' ? WEB_STATEMENT_TIMEOUT_MS : STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 5 * 60_000,
    options: '-c timezone=UTC -c synchronous_commit=on -c jit=off',
  });
  // Without a listener a lost connection would end the process. The pool listens to those that rest in it; one that is
  // lent out is lost between two statements of a transaction, whose next one then fails.
  pool.on('error', logLoss);
  pool.on('acquire', (client) => client.on('error', logLoss));
  pool.on('release', (_, client) => client.off('error', logLoss));
  return { pool, db: drizzle(pool), role, url };
}

export function logLoss(error: Error): void {
  log.warn({ err: error.message }, 'A database connection was lost');
}

/** Rows of a raw statement, typed by the caller that wrote it. */
export async function rowsOf<Row extends Record<string, unknown>>(
  db: Db,
  statement: ReturnType<typeof sql>,
): Promise<Row[]> {
  const result = await db.execute(statement);
  return result.rows as Row[];
}

export async function closeDatabase(database: Database): Promise<void> {
  // The pool has ended before its sockets have: a server stopped right after is heard by nobody who cares.
  database.pool
    .removeAllListeners('error')
    .on('error', (error) => log.debug({ err: error.message }, 'Closed'));
  await database.pool.end();
}
