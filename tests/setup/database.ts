import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { configureSecrets } from '../../src/base/secrets.ts';
import { closeDatabase, type Database, openDatabase } from '../../src/db/pool.ts';

export type TestDatabase = { database: Database; web: Database; url: string };

/** The same key in every test, so that sealed and signed things can be compared. */
configureSecrets(createHash('sha256').update('the key of the tests').digest());

/**
 * A database of its own for one test file, cloned from the migrated template: `database` acts as the pipeline,
 * `web` as the web role. Closed after the file; the server goes as a whole, so nothing is dropped.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await clone(name);
  const url = inject('databaseUrl').replace('/segments?', `/${name}?`);
  const database = openDatabase(url, { role: 'pipeline', max: 8 });
  const web = openDatabase(url, { role: 'web', max: 8 });
  afterAll(async () => {
    await Promise.all([closeDatabase(database), closeDatabase(web)]);
  });
  return { database, web, url };
}

async function clone(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  await client.query(`create database ${name} template template_segments strategy file_copy owner app`);
  await client.end();
}
