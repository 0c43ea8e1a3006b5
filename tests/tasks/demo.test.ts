import { beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { demoTruth } from '../../src/demo/demo.ts';
import { findProfileByIdentifier } from '../../src/flow/identify/profiles.ts';
import { removeDemo, startDemo } from '../../src/tasks/demo.ts';
import { listDemoWorkspaces } from '../../src/tasks/demo-workspaces.ts';
import { serveApp } from '../setup/app.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database, web } = await createTestDatabase();
const { url } = await serveApp({ database, web });
await loadConnectors();

let workspace = '';
beforeAll(async () => {
  const startedAt = performance.now();
  ({ workspace } = await startDemo({ database, baseUrl: url }));
  console.log(`demo ready in ${Math.round(performance.now() - startedAt)} ms`);
}, 600_000);

async function count(table: string): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*)::int as n from ${table} where workspace_id = $1`,
    [workspace],
  );
  return rows[0].n;
}

test('the demo business is there with its people, its events and its money', async () => {
  expect(await count('profiles')).toBeGreaterThan(4_500);
  expect(await count('events')).toBeGreaterThan(120_000);
  expect(await count('spend')).toBeGreaterThan(1_500);
  expect(await count('contents')).toBeGreaterThan(80);
  expect(await count('quarantine')).toBe(0);
});

test('one person of four systems is one person', async () => {
  const [demo] = await listDemoWorkspaces(database);
  const { planted } = demoTruth(demo!.anchor);
  const ids = await Promise.all([
    findProfileByIdentifier(database.db, workspace, 'user_id', planted.userId),
    ...planted.emails.map((email) => findProfileByIdentifier(database.db, workspace, 'email', email)),
  ]);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).not.toBeNull();
});

test('starting it again finds it, and brings nothing new', async () => {
  const before = await count('raw_events');
  const again = await startDemo({ database, baseUrl: url });
  expect(again.workspace).toBe(workspace);
  expect(await count('raw_events')).toBe(before);
});

test('removing it leaves nothing of it', async () => {
  await removeDemo(database, workspace);
  const tables = await database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id'`,
  );
  for (const { name } of tables.rows) expect([name, await count(name)]).toEqual([name, 0]);
  expect(await listDemoWorkspaces(database)).toEqual([]);
  await expect(removeDemo(database, workspace)).rejects.toThrow('not the demo business');
});
