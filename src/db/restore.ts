import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Conflict } from '../base/errors.ts';
import { listKeys, nameKey } from '../base/secrets.ts';
import { hashing, MANIFEST, type Manifest, manifest } from './backup.ts';
import { listTables, nameCopy } from './copies.ts';
import { findAppliedMigration } from './migrate.ts';

/** `isKeyMissing`: what is sealed does not open until a key of the installation is the one of the backup. */
export type Restored = { manifest: Manifest; rows: number; isKeyMissing: boolean };

/** Reads a backup into a database that holds nothing yet, wholly or not at all. */
export async function restore(url: string, folder: string): Promise<Restored> {
  const found = await readManifest(folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await checkTarget(client, found);
    await client.query(`delete from public.${MADE_AT_START}`);
    for (const table of found.tables) await readTable(client, folder, table);
    await moveSequences(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
  const rows = found.tables.reduce((sum, table) => sum + table.rows, 0);
  return { manifest: found, rows, isKeyMissing: !listKeys().map(nameKey).includes(found.key) };
}

/** A first start makes its root; nothing was made from it yet where all else is empty. */
const MADE_AT_START = 'installation_keys';

async function readManifest(folder: string): Promise<Manifest> {
  try {
    return manifest.parse(JSON.parse(await readFile(path.join(folder, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new Error(
      `There is no complete backup in ${folder}: its ${MANIFEST} is missing or cannot be read.`,
      { cause },
    );
  }
}

async function checkTarget(client: pg.Client, found: Manifest): Promise<void> {
  const applied = await findAppliedMigration(client);
  if (applied !== found.migration) {
    throw new Conflict(
      `The backup was made by ${found.migration > (applied ?? 0) ? 'a newer' : 'an older'} version of Segments. ` +
        'Restore it with the version that made it; then start this one, which brings it up to date.',
    );
  }
  const tables = await listTables(client);
  for (const name of tables.filter((table) => table !== MADE_AT_START)) {
    const { rowCount } = await client.query(`select 1 from public.${pg.escapeIdentifier(name)} limit 1`);
    if (rowCount !== 0)
      throw new Conflict(
        `The database is not empty (${name} has rows). Restore into a new DATA_DIR or database.`,
      );
  }
}

async function readTable(
  client: pg.Client,
  folder: string,
  table: Manifest['tables'][number],
): Promise<void> {
  const hash = createHash('sha256');
  const copy = client.query(copyFrom(`copy ${nameCopy(table.name, table.columns)} from stdin`));
  await pipeline(
    createReadStream(path.join(folder, `${table.name}.copy.gz`)),
    createGunzip(),
    hashing(hash),
    copy,
  );
  if (hash.digest('hex') !== table.sha256 || copy.rowCount !== table.rows) {
    throw new Error(`The backup of ${table.name} is not what was written. Nothing was restored.`);
  }
}

/** Numbers that the database gives out go on after the restored ones. */
async function moveSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attidentity <> '' and not a.attisdropped`,
  );
  for (const { table, column } of rows) {
    const last = `(select max(${pg.escapeIdentifier(column)}) from public.${pg.escapeIdentifier(table)})`;
    await client.query(
      `select setval(pg_get_serial_sequence(format('public.%I', $1::text), $2), coalesce(${last}, 1), ${last} is not null)`,
      [table, column],
    );
  }
}
