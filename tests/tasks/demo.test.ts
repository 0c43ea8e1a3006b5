import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { demoTruth } from '../../src/demo/demo.ts';
import { findProfileByIdentifier } from '../../src/flow/identify/profiles.ts';
import { removeDemo, startDemo } from '../../src/tasks/demo.ts';
import { closeAllVendors } from '../../src/tasks/demo-vendors.ts';
import { listDemoWorkspaces } from '../../src/tasks/demo-workspaces.ts';
import { serveApp } from '../setup/app.ts';
import { createTestDatabase } from '../setup/database.ts';

const PEOPLE = 300;
const { database, web } = await createTestDatabase();
const { url } = await serveApp({ database, web });
await loadConnectors();

let workspace = '';
beforeAll(async () => {
  ({ workspace } = await startDemo({ database, baseUrl: url, people: PEOPLE }));
}, 300_000);
afterAll(closeAllVendors);

async function count(table: string): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as n from ${table} where workspace_id = $1`,
    [workspace],
  );
  return rows[0].n;
}

async function truth() {
  const [demo] = await listDemoWorkspaces(database);
  return demoTruth(demo!);
}

test('the demo business is there with its people, what they did, and what ads cost', async () => {
  expect(await count('profiles')).toBeGreaterThan(PEOPLE * 0.9);
  expect(await count('events')).toBeGreaterThan(PEOPLE * 20);
  expect(await count('consents')).toBeGreaterThan(PEOPLE * 0.5);
  expect(await count('facts')).toBeGreaterThan(PEOPLE * 0.9);
  expect(await count('segments')).toBeGreaterThan(12);
  expect(await count('memberships')).toBeGreaterThan(PEOPLE);
  expect(await count('spend')).toBeGreaterThan(1_500);
  expect(await count('contents')).toBeGreaterThan(80);
  expect(await count('quarantine')).toBe(0);
});

test('one person of four systems is one person', async () => {
  const { planted } = await truth();
  const ids = await Promise.all([
    findProfileByIdentifier(database.db, workspace, 'user_id', planted.userId),
    ...planted.emails.map((email) => findProfileByIdentifier(database.db, workspace, 'email', email)),
  ]);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).not.toBeNull();
});

test('everybody is one person under all their addresses, and nobody is somebody else', async () => {
  const owners = new Map<string, number>();
  for (const [index, { userId, emails }] of (await truth()).people.entries()) {
    const asked = emails.map((email) => findProfileByIdentifier(database.db, workspace, 'email', email));
    if (userId) asked.push(findProfileByIdentifier(database.db, workspace, 'user_id', userId));
    const found = new Set(await Promise.all(asked));
    expect(found.size, `${userId} ${emails}`).toBe(1);
    const [profile] = found;
    expect(owners.get(String(profile)), `${userId} ${emails}`).toBeUndefined();
    owners.set(String(profile), index);
  }
});

test('starting it again finds it, and brings nothing new', async () => {
  const before = await count('raw_events');
  const again = await startDemo({ database, baseUrl: url });
  expect(again.workspace).toBe(workspace);
  expect(await count('raw_events')).toBe(before);
  expect(await listDemoWorkspaces(database)).toHaveLength(1);
});

test('removing it leaves nothing of it', async () => {
  await removeDemo(database, workspace);
  const tables = await database.pool.query<{ name: string }>(
    "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id'",
  );
  expect(tables.rows.length).toBeGreaterThan(40);
  for (const { name } of tables.rows) expect([name, await count(name)]).toEqual([name, 0]);
  expect(await listDemoWorkspaces(database)).toEqual([]);
  await expect(removeDemo(database, workspace)).rejects.toThrow('not the demo business');
});
