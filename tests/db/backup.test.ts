import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { configureSecrets } from '../../src/base/secrets.ts';
import { backUp } from '../../src/db/backup.ts';
import { newId } from '../../src/db/ids.ts';
import { findRoot, keepRoot, openRoot } from '../../src/db/installation-root.ts';
import { restore } from '../../src/db/restore.ts';
import { workspaces } from '../../src/db/schema/db.ts';
import { profiles } from '../../src/db/schema/identify.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let original: TestDatabase;
let folder: string;
const root = randomBytes(32);

beforeAll(async () => {
  original = await createTestDatabase();
  const tea = await createWorkspace(original.database, {
    name: 'Ada’s "Tea"\t\\N\n茶',
    settings: { a: [1, null, '\\'] },
  });
  const people = Array.from({ length: 500 }, () => ({ workspaceId: tea.id, id: newId(), createdAt: now() }));
  await original.database.db.insert(profiles).values(people);
  await keepRoot(original.database.db, root);
  folder = mkdtempSync(path.join(os.tmpdir(), 'segments-backup-'));
  await backUp(original.url, folder);
});

test('a backup brings back every row as it was', async () => {
  const fresh = await createTestDatabase();
  const restored = await restore(fresh.url, folder);
  expect(restored.isKeyMissing).toBe(false);
  for (const table of [workspaces, profiles]) {
    const [before, after] = await Promise.all(
      [original.database, fresh.database].map(({ db }) => db.select().from(table).orderBy(table.id)),
    );
    expect(after).toEqual(before);
  }
});

test('a restore never mixes with what is there', async () => {
  await expect(restore(original.url, folder)).rejects.toThrow('not empty');
});

test('a restore says when the key is another one', async () => {
  const fresh = await createTestDatabase();
  configureSecrets(createHash('sha256').update('another key').digest());
  const restored = await restore(fresh.url, folder);
  configureSecrets(createHash('sha256').update('the key of the tests').digest());
  expect(restored.isKeyMissing).toBe(true);
});

test('a backup from before a change of keys opens with the old key as the previous one', async () => {
  const fresh = await createTestDatabase();
  // What a first start made here gives way to what messages of before were signed with.
  await keepRoot(fresh.database.db, randomBytes(32));
  const old = createHash('sha256').update('the key of the tests').digest();
  configureSecrets(() => ({ current: randomBytes(32), previous: [old] }));
  const restored = await restore(fresh.url, folder);
  expect(restored.isKeyMissing).toBe(false);
  expect(openRoot((await findRoot(fresh.database.db))!)).toEqual(root);
  configureSecrets(old);
});

test('a damaged backup restores nothing', async () => {
  const fresh = await createTestDatabase();
  const damaged = mkdtempSync(path.join(os.tmpdir(), 'segments-backup-'));
  for (const name of readdirSync(folder))
    writeFileSync(path.join(damaged, name), readFileSync(path.join(folder, name)));
  const text = readFileSync(path.join(damaged, 'manifest.json'), 'utf8');
  writeFileSync(path.join(damaged, 'manifest.json'), text.replace('"rows": 500', '"rows": 501'));
  await expect(restore(fresh.url, damaged)).rejects.toThrow('not what was written');
  expect(await fresh.database.db.select().from(workspaces)).toEqual([]);
});

test('a backup holds no key and no session, and takes no folder that has something in it', async () => {
  expect(readdirSync(folder)).not.toContain('sessions.copy.gz');
  expect(readFileSync(path.join(folder, 'manifest.json'), 'utf8')).not.toContain('the key of the tests');
  await expect(backUp(original.url, folder)).rejects.toThrow('not empty');
});
