import type { Config } from '../base/config.ts';
import { log } from '../base/log.ts';
import { type Embedded, findRunning, startEmbedded } from './embedded/server.ts';
import { migrateDatabase } from './migrate.ts';
import { checkServer } from './requirements.ts';

/** The database of this installation, ready to use: where it is, and how to let go of it. */
export type Installation = { url: string; isNew: boolean; close: () => Promise<void> };

const SHARED_LIMIT_MS = 30_000;
const SHARED_POLL_MS = 100;

/** For a process of its own: DATABASE_URL, or the embedded database, started here. Brings the schema up to date. */
export async function openInstallation(config: Config): Promise<Installation> {
  const embedded = config.databaseUrl ? null : await startEmbedded(config.dataDir);
  return await prepare(config, embedded);
}

/** For one of several processes: the database that another process keeps, waited for while that one starts. */
export async function joinInstallation(config: Config): Promise<Installation> {
  if (config.databaseUrl) return await openInstallation(config);
  const until = performance.now() + SHARED_LIMIT_MS;
  let running = findRunning(config.dataDir);
  while (!running && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, SHARED_POLL_MS));
    running = findRunning(config.dataDir);
  }
  if (!running)
    throw new Error(
      `No process keeps the database in ${config.dataDir}. Start it with: src/server.ts --database-only`,
    );
  await migrateWhenReady(running.url, until);
  return { url: running.url, isNew: false, close: async () => undefined };
}

/** For a command: what a running start uses, else as for a process of its own. */
export async function borrowInstallation(config: Config): Promise<Installation> {
  const running = config.databaseUrl ? null : findRunning(config.dataDir);
  if (running) return { url: running.url, isNew: false, close: async () => undefined };
  return await openInstallation(config);
}

async function prepare(config: Config, embedded: Embedded | null): Promise<Installation> {
  const url = embedded?.url ?? config.databaseUrl!;
  const close = async () => await embedded?.stop();
  try {
    await checkServer(url);
    await migrateDatabase(url);
    return { url, isNew: embedded?.isNew ?? false, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The keeper writes its address before its server answers. */
async function migrateWhenReady(url: string, until: number): Promise<void> {
  for (;;) {
    try {
      return await migrateDatabase(url);
    } catch (error) {
      if (!isNotThere(error) || performance.now() > until) throw error;
      log.debug('Waiting for the database');
      await new Promise((resolve) => setTimeout(resolve, SHARED_POLL_MS));
    }
  }
}

/** No socket yet, starting up, or not yet created. */
function isNotThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return ['ENOENT', 'ECONNREFUSED', '57P03', '3D000', '28000'].includes(String(code));
}
