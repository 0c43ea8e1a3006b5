import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { now } from '../base/clock.ts';
import { Conflict } from '../base/errors.ts';
import { listKeys, nameKey } from '../base/secrets.ts';
import { listColumns, listTables, nameCopy } from './copies.ts';
import { findAppliedMigration } from './migrate.ts';

export const MANIFEST = 'manifest.json';

/** What a backup says about itself. `key` names the installation's key and says nothing else of it. */
export const manifest = z.object({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  migration: z.number(),
  key: z.string(),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number(), sha256: z.string() }),
  ),
});
export type Manifest = z.infer<typeof manifest>;

/** Of a session nothing is worth keeping, and whoever reads the backup could sign in with it. */
const LEFT_OUT = ['sessions'];

/** Copies every table as of one instant into an empty folder. The key that opens sealed credentials is not in it. */
export async function backUp(url: string, folder: string): Promise<Manifest> {
  await makeEmpty(folder);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read, read only');
    const written = await writeTables(client, folder);
    await client.query('commit');
    return written;
  } finally {
    await client.end();
  }
}

async function makeEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new Conflict(`${folder} is not empty. Name a folder of its own for each backup.`);
}

async function writeTables(client: pg.Client, folder: string): Promise<Manifest> {
  const migration = await findAppliedMigration(client);
  const tables: Manifest['tables'] = [];
  for (const name of await listTables(client)) {
    if (!LEFT_OUT.includes(name)) tables.push(await writeTable(client, folder, name));
  }
  const written: Manifest = {
    format: 1,
    createdAt: now().toISOString(),
    migration: migration ?? 0,
    key: nameKey(listKeys()[0]!),
    tables,
  };
  // Last, so that a folder without it is no backup.
  await writeFile(path.join(folder, MANIFEST), `${JSON.stringify(written, null, 2)}\n`, { mode: 0o600 });
  return written;
}

async function writeTable(
  client: pg.Client,
  folder: string,
  name: string,
): Promise<Manifest['tables'][number]> {
  const columns = await listColumns(client, name);
  const hash = createHash('sha256');
  const file = createWriteStream(path.join(folder, `${name}.copy.gz`), { mode: 0o600 });
  const copy = client.query(copyTo(`copy ${nameCopy(name, columns)} to stdout`));
  await pipeline(copy, hashing(hash), createGzip({ level: 4 }), file);
  return { name, columns, rows: copy.rowCount, sha256: hash.digest('hex') };
}

/** Passes everything on and hashes it on the way. */
export function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
