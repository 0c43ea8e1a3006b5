import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { chooseAccount, makeRunnable } from './account.ts';
import { findBinaries } from './binaries.ts';
import { checkVersion, type Folder, makeFolder, makeSocketFolder, nameFolder } from './folder.ts';
import { becomeOwner, findOwner, stopOwning } from './owner.ts';
import { clearLeftOvers, initDatabase, type Place, startPostmaster, stopPostmaster } from './postmaster.ts';

/** A PostgreSQL that this process started and stops. `adminUrl` is for making roles and databases only. */
export type Embedded = {
  url: string;
  adminUrl: string;
  dataDir: string;
  version: string;
  /** Made by this start. */
  isNew: boolean;
  stop: () => Promise<void>;
};

export const DATABASE_NAME = 'segments';

/**
 * Starts the PostgreSQL that npm brought along on `dataDir`, making it when it is new. Throws Conflict when
 * another process has it open. `init` and `settings` are for tests.
 */
export async function startEmbedded(
  dataDir: string,
  options: { init?: string[]; settings?: string[] } = {},
): Promise<Embedded> {
  const binaries = findBinaries();
  const account = chooseAccount();
  const folder = nameFolder(dataDir);
  makeFolder(folder, account);
  checkVersion(folder, binaries.version);
  const isNew = !existsSync(path.join(folder.data, 'PG_VERSION'));
  becomeOwner(folder, urlOf(folder, 'app', DATABASE_NAME));
  try {
    const place = { bin: path.join(makeRunnable(binaries, account), 'bin'), account, folder };
    const stop = await startServer(place, options);
    const adminUrl = urlOf(folder, 'postgres', 'postgres');
    await createApp(adminUrl);
    return {
      url: urlOf(folder, 'app', DATABASE_NAME),
      adminUrl,
      dataDir: folder.root,
      version: binaries.version,
      isNew,
      stop,
    };
  } catch (error) {
    stopOwning(folder);
    throw error;
  }
}

/** The address of the database that a running process keeps in `dataDir`, and that process; null if none does. */
export function findRunning(dataDir: string): { url: string; pid: number } | null {
  return findOwner(nameFolder(dataDir));
}

async function startServer(
  place: Place,
  options: { init?: string[]; settings?: string[] },
): Promise<() => Promise<void>> {
  clearLeftOvers(place);
  makeSocketFolder(place.folder, place.account);
  initDatabase(place, options.init ?? []);
  const child = await startPostmaster(place, options.settings ?? []);
  return async () => {
    await stopPostmaster(child);
    rmSync(place.folder.socket, { recursive: true, force: true });
    stopOwning(place.folder);
  };
}

/** The product connects as `app`, which may create the web role but is no superuser. */
async function createApp(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const roles = await client.query("select 1 from pg_roles where rolname = 'app'");
    if (roles.rowCount === 0) await client.query('create role app login createrole createdb');
    const databases = await client.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (databases.rowCount === 0) await client.query(`create database ${DATABASE_NAME} owner app`);
  } finally {
    await client.end();
  }
}

function urlOf(folder: Folder, user: string, database: string): string {
  return `postgres://${user}@/${database}?host=${encodeURIComponent(folder.socket)}`;
}
