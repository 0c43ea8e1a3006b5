import { readFileSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { z } from 'zod';

export const MIGRATIONS_FOLDER = path.join(import.meta.dirname, '..', '..', 'migrations');

/** One number for all processes, so that only one migrates and the others wait. */
const MIGRATION_LOCK = 7_213_400;

const journal = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

/** Brings the schema up to date. Safe to call from several processes at once. */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await refuseNewer(client);
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
  } finally {
    // Ending the session frees the lock.
    await client.end();
  }
}

/** The newest migration that this version of the code knows. */
export function readLastMigration(): { tag: string; when: number } {
  const text = readFileSync(path.join(MIGRATIONS_FOLDER, 'meta', '_journal.json'), 'utf8');
  return journal.parse(JSON.parse(text)).entries.at(-1)!;
}

/** When the newest migration in the database was made; null before the first. */
export async function findAppliedMigration(client: pg.ClientBase): Promise<number | null> {
  const { rows } = await client.query("select to_regclass('drizzle.__drizzle_migrations') as found");
  if (!rows[0].found) return null;
  const applied = await client.query<{ last: string | null }>(
    'select max(created_at) as last from drizzle.__drizzle_migrations',
  );
  return applied.rows[0]?.last ? Number(applied.rows[0].last) : null;
}

async function refuseNewer(client: pg.Client): Promise<void> {
  const applied = await findAppliedMigration(client);
  if (applied !== null && applied > readLastMigration().when) {
    throw new Error(
      'The database was written by a newer version of Segments. Start that version, or restore a backup of this one.',
    );
  }
}
