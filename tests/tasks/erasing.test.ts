import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/base/config.ts';
import { withWorkspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { findProfileByIdentifier } from '../../src/flow/identify/profiles.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { commands } from '../../src/tasks/commands/person.ts';
import { erasePerson, exportPerson } from '../../src/tasks/erasing.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../setup/database.ts';
import { type Call, createListeningWorkspace, listPeople, tell } from '../setup/people.ts';

const { database } = await createTestDatabase();
const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();

const CALLS: Call[] = [
  { at: day(0), anonymousId: 'browser-ada', event: 'looked', properties: { note: 'secret-ada' } },
  {
    at: day(1),
    anonymousId: 'browser-ada',
    userId: 'ada-17',
    traits: { email: 'ada@mail.example', city: 'Berlin', trialEndsAt: '2026-05-01' },
  },
  { at: day(2), userId: 'ada-17', event: 'consent_granted', properties: { channel: 'email', topic: 'news' } },
  {
    at: day(3),
    userId: 'ada-17',
    event: 'consent_granted',
    properties: { channel: 'nonsense', address: 'ada@mail.example' },
  },
  { at: day(4), userId: 'ben-18', anonymousId: 'browser-ada', event: 'opened' },
];

async function workspaceWithAda() {
  const workspace = await createListeningWorkspace(database);
  for (const call of CALLS) {
    await tell(database, workspace, [call]);
    await carry(database, workspace.id);
  }
  const ada = (await withWorkspace(database, workspace.id, ({ db }) =>
    findProfileByIdentifier(db, workspace.id, 'user_id', 'ada-17'),
  ))!;
  return { workspace, ada };
}

/** Every row of every table of the workspace, as text. */
async function everything(workspaceId: string): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    database.db,
    sql`select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id'`,
  );
  const dumps: string[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf<{ row: unknown }>(
      database.db,
      sql`select to_jsonb(t) as row from ${sql.identifier(name)} t where t.workspace_id = ${workspaceId}`,
    );
    dumps.push(`${name}: ${JSON.stringify(rows)}`);
  }
  return dumps.join('\n');
}

test('an export holds everything that is kept of a person, by table', async () => {
  const { workspace, ada } = await workspaceWithAda();
  const tables = await exportPerson(database, workspace.id, ada);
  expect(Object.keys(tables)).toEqual(
    expect.arrayContaining([
      'profiles',
      'identifiers',
      'events',
      'trait_values',
      'profile_traits',
      'consents',
      'raw_events',
      'dated_values',
    ]),
  );
  expect(JSON.stringify(tables)).toContain('Berlin');
  expect(JSON.stringify(tables)).not.toContain('ben-18');
});

test('of an erased person no word is left in any table, and everyone else is as they were', async () => {
  const { workspace, ada } = await workspaceWithAda();
  expect(await everything(workspace.id)).toContain('ada@mail.example');
  const receipt = await erasePerson(database, workspace.id, ada);
  expect(receipt).toMatchObject({ identifiers: expect.any(Number), events: expect.any(Number), consents: 1 });
  const left = await everything(workspace.id);
  for (const word of ['ada@mail.example', 'ada-17', 'Berlin']) expect(left).not.toContain(word);
  const people = await listPeople(database, workspace);
  expect(people.flatMap(({ identifiers }) => identifiers)).toContain('user_id ben-18');
});

test('an erased person is not taken in again, and never written to', async () => {
  const { workspace, ada } = await workspaceWithAda();
  await erasePerson(database, workspace.id, ada);
  const before = await listPeople(database, workspace);
  await tell(database, workspace, [
    { at: day(9), userId: 'ada-17', event: 'opened' },
    { at: day(9), traits: { email: 'ADA@mail.example', city: 'Potsdam' } },
  ]);
  await carry(database, workspace.id);
  expect(await listPeople(database, workspace)).toEqual(before);
  expect(await everything(workspace.id)).not.toContain('Potsdam');
  const [kept] = await rowsOf<{ reason: string }>(
    database.db,
    sql`select reason from suppressions where workspace_id = ${workspace.id}`,
  );
  expect(kept?.reason).toBe('erased');
});

test('no segment counts an erased person any more, at once and after the next refresh', async () => {
  const { workspace, ada } = await workspaceWithAda();
  await createSegment(database.db, workspace, { key: 'all', name: 'All', definition: { all: [] } });
  await refreshWorkspace(database, workspace.id, { trigger: 'test' });
  const [before, ...others] = await countAll(workspace.id);
  expect(others).toEqual([before, before]);
  await erasePerson(database, workspace.id, ada);
  expect(new Set(await countAll(workspace.id))).toEqual(new Set([before! - 1]));
  await refreshWorkspace(database, workspace.id, { trigger: 'test' });
  expect(new Set(await countAll(workspace.id))).toEqual(new Set([before! - 1]));
});

test('who is to be erased while segments are computed is erased after that, and nothing of them is left', async () => {
  const { workspace, ada } = await workspaceWithAda();
  await createSegment(database.db, workspace, { key: 'all', name: 'All', definition: { all: [] } });
  const holder = await database.pool.connect();
  await holder.query('begin');
  await holder.query('lock table memberships in access exclusive mode');
  const refreshing = refreshWorkspace(database, workspace.id, { trigger: 'test' });
  await expect.poll(async () => await isRefreshing(workspace.id)).toBe(true);
  const erasing = erasePerson(database, workspace.id, ada);
  await holder.query('commit');
  holder.release();
  await Promise.all([refreshing, erasing]);
  await refreshWorkspace(database, workspace.id, { trigger: 'test' });
  const left = await rowsOf(
    database.db,
    sql`select 1 from memberships where workspace_id = ${workspace.id} and profile_id = ${ada}`,
  );
  expect(left).toEqual([]);
});

/** The size of the segment of everyone: as it stands there, in its history, and by its members. */
async function countAll(workspaceId: string): Promise<number[]> {
  const [row] = await rowsOf<{ size: number; told: number; members: number }>(
    database.db,
    sql`select s.size::int as size, count(m.profile_id)::int as members,
               (select z.size::int from segment_sizes z where z.workspace_id = s.workspace_id and z.segment_key = s.key
                 order by z.as_of desc limit 1) as told
          from segments s
          left join memberships m on m.workspace_id = s.workspace_id and m.segment_key = s.key and m.left_at is null
         where s.workspace_id = ${workspaceId} and s.key = 'all' group by s.workspace_id, s.key, s.size`,
  );
  return [row!.size, row!.told, row!.members];
}

async function isRefreshing(workspaceId: string): Promise<boolean> {
  const rows = await rowsOf(
    database.db,
    sql`select 1 from refreshes where workspace_id = ${workspaceId} and status = 'running'`,
  );
  return rows.length > 0;
}

test('erasing twice finds nobody the second time', async () => {
  const { workspace, ada } = await workspaceWithAda();
  await erasePerson(database, workspace.id, ada);
  expect(await erasePerson(database, workspace.id, ada)).toEqual({ changed_profiles: expect.any(Number) });
});

test('the commands take an id or an identifier, and note what was done', async () => {
  const { workspace, ada } = await workspaceWithAda();
  const context = { database, config: readConfig({}) };
  const run = async (name: string, options: Record<string, string>) =>
    await commands.find((one) => one.name === name)!.run(context, { workspace: workspace.id, ...options });
  const merged = await run('person merge', { profile: 'user_id:ada-17', with: 'user_id:ben-18' });
  expect([merged.profile, merged.merged]).toContain(ada);
  await run('person part', { profile: String(merged.profile), former: String(merged.merged) });
  expect(await run('person export', { profile: 'email:ada@mail.example' })).toMatchObject({ profile: ada });
  expect(await run('person erase', { profile: ada })).toMatchObject({ profile: ada });
  await expect(run('person erase', { profile: ada })).rejects.toThrow('no such person');
  const notes = await rowsOf<{ action: string }>(
    database.db,
    sql`select action from audit_entries where workspace_id = ${workspace.id} order by at, id`,
  );
  expect(notes.map(({ action }) => action)).toEqual([
    'person.merged',
    'person.parted',
    'person.exported',
    'person.erased',
  ]);
});
