import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { startClockAt } from './base/clock.ts';
import { type Config, readConfig } from './base/config.ts';
import { Invalid } from './base/errors.ts';
import { keysOf } from './base/installation-key.ts';
import { configureSecrets } from './base/secrets.ts';
import { loadConnectors } from './connectors/registry.ts';
import { borrowInstallation } from './db/installation.ts';
import { closeDatabase, openDatabase } from './db/pool.ts';
import { configureConnections } from './flow/collect/connection.ts';
import type { Command } from './tasks/command.ts';
import { findCommand, listUsage, parseWords, readOptions } from './tasks/command-line.ts';
import { unlock } from './tasks/unlocking.ts';

/** The commands. Answers on standard output, one JSON object with --json; a failure is a sentence and status 1. */
const HERE = new URL('./tasks/commands/', import.meta.url);
const commandModule = z.object({
  commands: z.array(z.custom<Command>((value) => typeof value === 'object')),
});

async function main(): Promise<void> {
  const words = parseWords(process.argv.slice(2));
  const commands = await loadCommands();
  const command = findCommand(commands, words.names);
  if (!command || words.options.help === 'true') {
    console.log(listUsage(command ? [command] : commands));
    if (words.names.length > 0 && !command)
      throw new Error(`There is no command "${words.names.join(' ')}".`);
    return;
  }
  const { json, ...given } = words.options;
  const options = readOptions(command, given, () => readFileSync(0, 'utf8'));
  const result = await runCommand(command, options, readConfig(process.env));
  console.log(json === 'true' ? JSON.stringify(result) : describe(result));
}

/** A command is found by its file lying in the folder. */
async function loadCommands(): Promise<Command[]> {
  const files = (await readdir(HERE)).filter((name) => name.endsWith('.ts') && !name.endsWith('.sql.ts'));
  const modules = await Promise.all(files.map((name) => import(new URL(name, HERE).href)));
  return modules.flatMap((loaded) => commandModule.parse(loaded).commands);
}

async function runCommand(
  command: Command,
  options: Record<string, unknown>,
  config: Config,
): Promise<Record<string, unknown>> {
  if (config.now) startClockAt(config.now);
  const installation = await borrowInstallation(config);
  const database = openDatabase(installation.url, { name: 'segments-cli', max: 4 });
  try {
    if (command.worksLocked) configureSecrets(keysOf(config, installation));
    else await unlock(config, installation);
    await loadConnectors();
    configureConnections({
      allow: config.allowPrivateHosts,
      exportsDir: path.join(config.dataDir, 'exports'),
    });
    return await command.run({ database, config }, options);
  } finally {
    await closeDatabase(database);
    await installation.close();
  }
}

function describe(result: Record<string, unknown>): string {
  const lines = Object.entries(result).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return lines.join('\n');
}

/** The sentence for whoever typed the command; the whole chain with LOG_LEVEL=debug. */
function explain(error: unknown): string {
  if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) return error.stack ?? error.message;
  if (error instanceof Invalid)
    return error.issues.map(({ path, message }) => `${path} ${message}`.trim()).join('\n');
  if (error instanceof Error && error.cause instanceof Error)
    return `${error.message}\n${error.cause.message}`;
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
