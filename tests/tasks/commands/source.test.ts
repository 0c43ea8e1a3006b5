import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/base/config.ts';
import { addConnector, loadConnectors } from '../../../src/connectors/registry.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { findSourceByHookToken } from '../../../src/flow/collect/sources.ts';
import type { Command } from '../../../src/tasks/command.ts';
import { readOptions } from '../../../src/tasks/command-line.ts';
import { commands as refreshCommands } from '../../../src/tasks/commands/refresh.ts';
import { commands as sourceCommands } from '../../../src/tasks/commands/source.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { growRecords, type Orchard, orchardConnector, startOrchard } from '../../vendors/orchard.ts';

const { database } = await createTestDatabase();
const config = readConfig({});
let orchard: Orchard;

beforeAll(async () => {
  await loadConnectors();
  addConnector(orchardConnector as never);
  orchard = await startOrchard(growRecords(25));
  configureConnections({ allow: [orchard.host], tries: 1 });
});
afterAll(async () => await orchard.close());

/** As typed: texts by the names of the options. */
async function run(name: string, given: Record<string, string>): Promise<Record<string, unknown>> {
  const all: Command[] = [...sourceCommands, ...refreshCommands];
  const command = all.find((one) => one.name === name)!;
  return await command.run(
    { database, config },
    readOptions(command, given, () => ''),
  );
}

test('a source is connected, fetched and put into segments from the shell', async () => {
  const { id: workspace } = await createWorkspace(database);
  const settings = JSON.stringify({ baseUrl: orchard.url, apiKey: 'a key' });
  const made = await run('source create', { workspace, connector: 'orchard', name: 'Orchard', settings });
  const source = String(made.source);
  const token = String(made.hook).replace('/hooks/', '');
  expect((await findSourceByHookToken(database.db, token))?.id).toBe(source);
  expect(await run('source sync', { workspace, source })).toMatchObject({
    status: 'succeeded',
    read: 25,
    new: 25,
    changed: 0,
    unchanged: 0,
    quarantined: 0,
  });
  expect(await run('source sync', { workspace, source, full: 'true' })).toMatchObject({ unchanged: 25 });
  expect(await run('refresh', { workspace })).toMatchObject({ refresh: expect.any(String), left: 0 });
  expect(await run('verify', { workspace })).toMatchObject({ differences: [] });
});

test('settings that are no JSON, or not what the connector asks for, are refused in words', async () => {
  const { id: workspace } = await createWorkspace(database);
  const wish = { workspace, connector: 'orchard', name: 'Orchard' };
  await expect(run('source create', { ...wish, settings: '{"baseUrl":' })).rejects.toThrow(/JSON object/);
  await expect(run('source create', { ...wish, settings: '{}' })).rejects.toThrow(/apiKey: This is needed/);
  await expect(run('source create', { ...wish, connector: 'nothing' })).rejects.toThrow(/no connector/);
});
