import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { createDestination } from '../../../src/flow/send/destinations.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';
import { addReaders, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type KlaviyoServer, startKlaviyoServer } from '../../vendors/klaviyo.ts';

let database: Database;
let server: KlaviyoServer;
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  await loadConnectors();
});
afterEach(async () => await server.close());

async function setUp(emails: string[]) {
  server = await startKlaviyoServer({ profiles: 3, validate: false });
  configureConnections({ allow: [server.host], tries: 1, patienceMs: 20 });
  const workspace = await createWorkspace(database, { settings: SENDING });
  const ids = await addReaders(
    database,
    workspace,
    emails.map((email) => ({ email })),
  );
  const destination = await withWorkspace(database, workspace.id, async ({ db }) => {
    const given = { workspace, connector: 'klaviyo', name: 'Klaviyo', settings: server.settings };
    const { source } = await createSource(db, given);
    const wish = { sourceId: source.id, segmentKey: 'readers', name: 'Readers' };
    return await createDestination(db, workspace.id, wish);
  });
  return { workspace, ids, wish: { workspaceId: workspace.id, destinationId: destination.id } };
}

const listed = () => server.account.lists.find((list) => list.name === 'Readers')?.members.size;

async function statesIn(workspaceId: string): Promise<string[]> {
  const found = await rowsOf<{ state: string }>(
    database.db,
    sql`select state from destination_members where workspace_id = ${workspaceId} order by state`,
  );
  return found.map(({ state }) => state);
}

test('who enters waits for Klaviyo’s import; the next push learns how it ended, and tells only what changed', async () => {
  const emails = Array.from({ length: 700 }, (_, index) => `person${index}@example.com`);
  const { workspace, ids, wish } = await setUp(emails);
  expect(await pushDestination(database, wish)).toMatchObject({ status: 'succeeded', added: 0, refused: 0 });
  expect(new Set(await statesIn(workspace.id))).toEqual(new Set(['waiting']));
  for (const job of server.account.jobs) job.asksLeft = 0;
  expect(await pushDestination(database, wish)).toMatchObject({
    status: 'succeeded',
    added: 700,
    refused: 0,
  });
  expect(listed()).toBe(700);
  const asked = server.account.jobs.length;
  expect(await pushDestination(database, wish)).toMatchObject({ added: 0, removed: 0, refused: 0 });
  expect(server.account.jobs).toHaveLength(asked);
  await database.db.execute(
    sql`update memberships set left_at = now() where workspace_id = ${workspace.id} and profile_id = ${ids[0]}`,
  );
  expect(await pushDestination(database, wish)).toMatchObject({ status: 'succeeded', removed: 1 });
  expect(listed()).toBe(699);
});

test('whom Klaviyo refuses is named with the reason; nobody is subscribed by being pushed', async () => {
  const { workspace, wish } = await setUp(['person0@example.com', 'refused@example.com']);
  await pushDestination(database, wish);
  for (const job of server.account.jobs) job.asksLeft = 0;
  expect(await pushDestination(database, wish)).toMatchObject({ added: 1, refused: 1 });
  expect(await statesIn(workspace.id)).toEqual(['in', 'refused']);
  expect(server.requests.filter(({ path }) => path.includes('subscription'))).toEqual([]);
});
