import { eq, sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { NotFound } from '../../src/base/errors.ts';
import { hasWall, type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { closeDatabase, openDatabase, rowsOf } from '../../src/db/pool.ts';
import { workspaces } from '../../src/db/schema/db.ts';
import { profiles } from '../../src/db/schema/identify.ts';
import { auditEntries, keys } from '../../src/db/schema/staff.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let t: TestDatabase;
let tea: Workspace;
let coffee: Workspace;

beforeAll(async () => {
  t = await createTestDatabase();
  tea = await createWorkspace(t.database);
  coffee = await createWorkspace(t.database, { name: 'Bo’s Coffee' });
  await t.database.db.insert(profiles).values([
    { workspaceId: tea.id, id: newId(), createdAt: now() },
    { workspaceId: coffee.id, id: newId(), createdAt: now() },
  ]);
});

test('a page sees the people of its workspace only, whatever its query says', async () => {
  const seen = await withWorkspace(t.web, tea.id, async ({ db }) => await db.select().from(profiles));
  expect(seen.map((row) => row.workspaceId)).toEqual([tea.id]);
  const asked = await withWorkspace(
    t.web,
    tea.id,
    async ({ db }) => await db.select().from(profiles).where(eq(profiles.workspaceId, coffee.id)),
  );
  expect(asked).toEqual([]);
});

test('a page sees its own workspace and no other in the list of workspaces', async () => {
  const seen = await withWorkspace(
    t.web,
    tea.id,
    async ({ db }) => await db.select({ id: workspaces.id }).from(workspaces),
  );
  expect(seen).toEqual([{ id: tea.id }]);
});

test('a page cannot write into another workspace', async () => {
  const writing = withWorkspace(t.web, tea.id, async ({ db }) => {
    await db.insert(profiles).values({ workspaceId: coffee.id, id: newId(), createdAt: now() });
  });
  await expect(writing).rejects.toMatchObject({ cause: { code: '42501' } });
});

test('the web role without a workspace sees no row', async () => {
  const seen = await t.web.db.transaction(async (db) => {
    await db.execute(sql`set local role segments_web`);
    return await db.select().from(profiles);
  });
  expect(seen).toEqual([]);
});

test('the workspace of one request is forgotten by the next on the same connection', async () => {
  const single = openDatabase(t.url, { role: 'web', max: 1 });
  await withWorkspace(single, tea.id, async () => undefined);
  const after = await rowsOf(
    single.db,
    sql`select current_user as who, nullif(current_setting('app.workspace_id', true), '') as workspace`,
  );
  await closeDatabase(single);
  expect(after).toEqual([{ who: 'app', workspace: null }]);
});

test('the web role adds to the audit log and changes nothing in it', async () => {
  const entry = { id: newId(), workspaceId: tea.id, action: 'source.created', at: now() };
  await withWorkspace(t.web, tea.id, async ({ db }) => await db.insert(auditEntries).values(entry));
  const seen = await withWorkspace(t.web, tea.id, async ({ db }) => await db.select().from(auditEntries));
  expect(seen.map((row) => row.action)).toEqual(['source.created']);
  for (const change of [sql`update ${auditEntries} set action = 'x'`, sql`delete from ${auditEntries}`]) {
    const changing = withWorkspace(t.web, tea.id, async ({ db }) => await db.execute(change));
    await expect(changing).rejects.toMatchObject({ cause: { code: '42501' } });
  }
});

test('the web role never reads the keys of machines', async () => {
  const reading = withWorkspace(t.web, tea.id, async ({ db }) => await db.select().from(keys));
  await expect(reading).rejects.toMatchObject({ cause: { code: '42501' } });
});

test('the pipeline acts as owner, and an unknown workspace is not found', async () => {
  const who = await withWorkspace(
    t.database,
    tea.id,
    async ({ db }) => await rowsOf(db, sql`select current_user as who`),
  );
  expect(who).toEqual([{ who: 'app' }]);
  await expect(withWorkspace(t.database, newId(), async () => undefined)).rejects.toThrow(NotFound);
});

test('every table with a workspace is walled off', async () => {
  const open = await rowsOf<{ name: string }>(
    t.database.db,
    sql`select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not c.relrowsecurity`,
  );
  expect(open).toEqual([]);
  expect(await hasWall(t.web)).toBe(true);
});
