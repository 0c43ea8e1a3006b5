import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startClockAt } from './base/clock.ts';
import { type Config, readConfig } from './base/config.ts';
import { Invalid } from './base/errors.ts';
import { log } from './base/log.ts';
import { loadConnectors } from './connectors/registry.ts';
import { type Installation, joinInstallation, openInstallation } from './db/installation.ts';
import { closeDatabase, type Database, openDatabase } from './db/pool.ts';
import { configureConnections } from './flow/collect/connection.ts';
import { startCarrying } from './tasks/carrying.ts';
import { startDemo } from './tasks/demo.ts';
import { closeAllVendors, reopenVendors } from './tasks/demo-vendors.ts';
import { startImporting } from './tasks/resuming.ts';
import { startSchedule } from './tasks/schedule.ts';
import { readSetupCode } from './tasks/setup-code.ts';
import { tellSealedState, unlock } from './tasks/unlocking.ts';
import { createApp } from './web/app.ts';

/**
 * The front door: web and schedule in one process, on a database that it starts itself or is given.
 * `--database-only` keeps the embedded database for others, `--shared-database` is such another (see pm2.config.js).
 */
const GRACE_MS = 2_000;
const LAST_RESORT_MS = 10_000;

type Closing = { name: string; close: () => Promise<void> };

/** What is at work ends together; then what it stood on, in the opposite order of opening. */
const atWork: Closing[] = [];
const standing: Closing[] = [];

async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (config.now) startClockAt(config.now);
  const installation = await open(config);
  await unlock(config, installation);
  if (!process.argv.includes('--database-only')) await serve(config, installation);
  log.info({ databaseIsEmbedded: config.databaseUrl === null }, 'Started');
  process.send?.('ready');
}

async function open(config: Config): Promise<Installation> {
  const isShared = process.argv.includes('--shared-database');
  const installation = isShared ? await joinInstallation(config) : await openInstallation(config);
  standing.push({ name: 'database', close: installation.close });
  return installation;
}

async function serve(config: Config, installation: Installation): Promise<void> {
  const pipeline = keep(openDatabase(installation.url, { role: 'pipeline' }));
  const web = keep(openDatabase(installation.url, { role: 'web' }));
  await tellSealedState(pipeline);
  await loadConnectors();
  configureConnections({
    allow: config.allowPrivateHosts,
    exportsDir: path.join(config.dataDir, 'exports'),
  });
  const setupCode = async () => await readSetupCode(pipeline, config);
  const server = await listen(
    createApp({ pipeline, web, config, setupCode }).listen(config.port, config.host),
    config,
  );
  atWork.push({ name: 'web', close: async () => await closeServer(server) });
  atWork.push({ name: 'carrying', close: startCarrying(pipeline).stop });
  atWork.push({ name: 'imports', close: startImporting(pipeline, config).stop });
  if (config.isScheduleOn) atWork.push({ name: 'schedule', close: startSchedule(pipeline, config).stop });
  atWork.push({ name: 'demo', close: closeAllVendors });
  await welcome(config, server, await setupCode());
  if (process.argv.includes('--demo')) await showDemo(pipeline, server);
  else await reopenVendors(pipeline);
}

function keep(database: Database): Database {
  standing.push({ name: `pool ${database.role}`, close: async () => await closePool(database) });
  return database;
}

async function listen(server: Server, config: Config): Promise<Server> {
  return await new Promise((resolve, reject) => {
    server.once('listening', () => resolve(server));
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? portTaken(config, cause) : cause),
    );
  });
}

function portTaken(config: Config, cause: Error): Error {
  return new Error(
    `Port ${config.port} on ${config.host} is taken. Stop the program that has it, or set PORT to another.`,
    { cause },
  );
}

/** To whoever started it, on standard output: the address, and on the first start the code for the first account. */
async function welcome(config: Config, server: Server, code: string | null): Promise<void> {
  const port = (server.address() as AddressInfo).port;
  const address = config.port === 0 ? `http://localhost:${port}` : config.baseUrl;
  console.log(`Segments is ready at ${address}`);
  if (code) console.log(`Open ${address}/setup?code=${code} to make the first account.`);
}

/** The demo business, with a login of its own; a new password with each start. */
async function showDemo(pipeline: Database, server: Server): Promise<void> {
  console.log('Loading the demo business. It takes a minute or two the first time.');
  const { address, port } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  const { email, password } = await startDemo({ database: pipeline, baseUrl: `http://${host}:${port}` });
  console.log(`The demo business is ready. Sign in as ${email} with the password ${password}`);
}

/** Answers what is under way; a connection that stays open after that is closed. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
  await closed;
}

/** A statement that still runs is ended with its connection: nothing of it is committed. */
async function closePool(database: Database): Promise<void> {
  await Promise.race([closeDatabase(database), sleep(GRACE_MS)]);
}

let isStopping = false;

async function stop(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
  await Promise.all(atWork.map(closeQuietly));
  for (const one of standing.reverse()) await closeQuietly(one);
  process.exit(code);
}

async function closeQuietly({ name, close }: Closing): Promise<void> {
  await close().catch((error: unknown) => log.error({ err: error, name }, 'Something did not close'));
}

function explain(error: unknown): string {
  if (error instanceof Invalid)
    return error.issues.map(({ path, message }) => `${path} ${message}`).join('\n');
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) return error.stack ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

try {
  await main();
} catch (error) {
  console.error(explain(error));
  await stop(1);
}
