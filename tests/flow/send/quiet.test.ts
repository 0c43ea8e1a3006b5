import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { updateSegment } from '../../../src/flow/segment/segments.ts';
import { createDestination } from '../../../src/flow/send/destinations.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';
import { addReaders, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type MailchimpServer, startMailchimpServer } from '../../vendors/mailchimp.ts';

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dora'];
let database: Database;
let server: MailchimpServer;
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  await loadConnectors();
  server = await startMailchimpServer({ members: 10, validate: false });
  configureConnections({ allow: [server.host], tries: 1, patienceMs: 20 });
});

/** Ada, Ben, Cleo and Dora; Ada and Ben are in the segment, and told to Mailchimp. */
async function setUp() {
  const workspace = await createWorkspace(database, { settings: SENDING });
  await addReaders(
    database,
    workspace,
    NAMES.map((firstName, index) => ({ email: `person${index}@example.com`, firstName })),
  );
  await change(workspace, ['Ada', 'Ben']);
  const push = await connect(workspace);
  expect(await push()).toMatchObject({ added: 2, removed: 0 });
  return { workspace, push };
}

async function connect(workspace: Workspace) {
  const settings = server.settings;
  const { id } = await withWorkspace(database, workspace.id, async ({ db }) => {
    const { source } = await createSource(db, {
      workspace,
      connector: 'mailchimp',
      name: 'Mailchimp',
      settings,
    });
    return await createDestination(db, workspace.id, {
      sourceId: source.id,
      segmentKey: 'readers',
      name: workspace.id,
    });
  });
  return async (isDryRun = false) =>
    await pushDestination(database, { workspaceId: workspace.id, destinationId: id, isDryRun });
}

async function change(workspace: Workspace, names: string[], isQuiet = false): Promise<void> {
  const definition = { all: [{ trait: 'firstName', op: 'in', value: names }] };
  await updateSegment(database.db, workspace, 'readers', { definition, isQuiet });
  await refreshWorkspace(database, workspace.id, { trigger: 'test' });
}

/** Somebody is called otherwise from now on, and so comes or goes by themselves. */
async function rename(workspace: Workspace, index: number, firstName: string): Promise<void> {
  await database.db.execute(sql`
    update profile_traits set traits = traits || jsonb_build_object('firstName', ${firstName}::text)
     where workspace_id = ${workspace.id} and email = ${`person${index}@example.com`}`);
  await refreshWorkspace(database, workspace.id, { trigger: 'test', full: true });
}

/** Who carries the tag, as Mailchimp itself says. */
function tagged(workspace: Workspace): string[] {
  const tags = [...server.account.tags.values()].flat().filter((tag) => tag.name === workspace.id);
  const members = new Set(tags.flatMap((tag) => [...tag.members]));
  return NAMES.filter((_name, index) => members.has(`person${index}@example.com`));
}

test('a rule saved to act pushes the difference', async () => {
  const { workspace, push } = await setUp();
  await change(workspace, ['Ben', 'Cleo']);
  expect(await push()).toMatchObject({ added: 1, removed: 1 });
  expect(tagged(workspace)).toEqual(['Ben', 'Cleo']);
});

test('a rule saved quietly pushes nothing, however often, and a dry run says so', async () => {
  const { workspace, push } = await setUp();
  await change(workspace, ['Ben', 'Cleo'], true);
  expect(await push(true)).toMatchObject({ added: 0, removed: 0 });
  expect(await push()).toMatchObject({ added: 0, removed: 0 });
  expect(await push()).toMatchObject({ added: 0, removed: 0 });
  expect(tagged(workspace)).toEqual(['Ada', 'Ben']);
  const rows = await rowsOf<{ state: string }>(
    database.db,
    sql`select state from destination_members where workspace_id = ${workspace.id} order by state`,
  );
  expect(rows.map(({ state }) => state)).toEqual(['in', 'kept', 'left_out']);
});

test('after a quiet change people come and go as ever', async () => {
  const { workspace, push } = await setUp();
  await change(workspace, ['Ben', 'Cleo'], true);
  await push();
  await rename(workspace, 2, 'Nobody');
  expect(await push()).toMatchObject({ added: 0, removed: 0 });
  await rename(workspace, 2, 'Cleo');
  await rename(workspace, 0, 'Ben');
  expect(await push()).toMatchObject({ added: 1, removed: 0 });
  expect(tagged(workspace)).toEqual(['Ada', 'Ben', 'Cleo']);
  await rename(workspace, 0, 'Nobody');
  expect(await push()).toMatchObject({ added: 0, removed: 1 });
  expect(tagged(workspace)).toEqual(['Ben', 'Cleo']);
});

test('a later change that acts tells only its own difference', async () => {
  const { workspace, push } = await setUp();
  await change(workspace, ['Ben', 'Cleo'], true);
  await change(workspace, ['Ben', 'Cleo', 'Dora']);
  expect(await push()).toMatchObject({ added: 1, removed: 0 });
  expect(tagged(workspace)).toEqual(['Ada', 'Ben', 'Dora']);
});

test('a destination made after the quiet change gets everyone', async () => {
  const { workspace } = await setUp();
  await change(workspace, ['Ben', 'Cleo'], true);
  const push = await connect(workspace);
  expect(await push()).toMatchObject({ added: 2 });
});
