import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/base/config.ts';
import { addConnector } from '../../src/connectors/registry.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { rotateSecrets } from '../../src/tasks/resealing.ts';
import { serveApp } from '../setup/app.ts';
import { createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { useKeys } from '../setup/keys.ts';
import { orchardConnector } from '../vendors/orchard.ts';
import { Visitor } from './visitor.ts';

const OLD = randomBytes(32).toString('hex');
const NEW = randomBytes(32).toString('hex');

let databases: TestDatabase;
let url: string;

beforeAll(async () => {
  useKeys(OLD, OLD);
  addConnector(orchardConnector as never);
  databases = await createTestDatabase();
  const { workspaceId } = await createCast(databases.database);
  ({ url } = await serveApp(databases));
  const settings = { baseUrl: 'https://orchard.example.com', apiKey: 'a key of theirs' };
  const wish = { workspace: { id: workspaceId }, connector: 'orchard', name: 'Orchard', settings };
  await createSource(databases.database.db, wish);
});

async function readSettings(email: string): Promise<string> {
  const visitor = new Visitor(url);
  await visitor.signIn(email, PASSWORD);
  const { status, text } = await visitor.get('/settings');
  expect(status).toBe(200);
  return text;
}

test('an admin is told what is still sealed with the previous key, and not of another business', async () => {
  expect(await readSettings(EMAILS.admin)).not.toContain('stored secret');
  useKeys(OLD, NEW, OLD);
  expect(await readSettings(EMAILS.admin)).toContain('2 stored secrets of this business are still sealed');
  expect(await readSettings(EMAILS.other)).not.toContain('stored secret');
});

test('an admin is told that the key is missing, until it is back and all is sealed again', async () => {
  useKeys(OLD, NEW);
  expect(await readSettings(EMAILS.admin)).toContain('2 stored secrets of this business cannot be opened');
  useKeys(OLD, NEW, OLD);
  const config = readConfig({ SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });
  await rotateSecrets(databases.database, config, { leaveLost: false });
  useKeys(OLD, NEW);
  expect(await readSettings(EMAILS.admin)).not.toContain('stored secret');
});
