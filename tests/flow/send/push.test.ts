import { sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import {
  createDestination,
  getDestination,
  listDestinationRuns,
} from '../../../src/flow/send/destinations.ts';
import { pushDestination } from '../../../src/flow/send/push.ts';
import { suppressAddresses } from '../../../src/flow/send/suppressions.ts';
import { addReaders, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type MailchimpServer, startMailchimpServer } from '../../vendors/mailchimp.ts';

let database: Database;
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  await loadConnectors();
});

async function setUp(people: number, extra: Record<string, unknown> = {}) {
  const server = await startMailchimpServer({ members: 1_200, validate: false });
  configureConnections({ allow: [server.host], tries: 1, patienceMs: 20 });
  const workspace = await createWorkspace(database, { settings: SENDING });
  const ids = await addReaders(
    database,
    workspace,
    Array.from({ length: people }, (_, n) => ({ email: `person${n}@example.com` })),
  );
  const destination = await withWorkspace(database, workspace.id, async ({ db }) => {
    const { source } = await createSource(db, {
      workspace,
      connector: 'mailchimp',
      name: 'Mailchimp',
      settings: server.settings,
    });
    return await createDestination(db, workspace.id, {
      sourceId: source.id,
      segmentKey: 'readers',
      name: 'Readers',
      ...extra,
    });
  });
  const wish = { workspaceId: workspace.id, destinationId: destination.id };
  return { server, workspace, ids, wish, destination };
}

/** Who carries the tag, as Mailchimp itself says. */
async function tagged(server: MailchimpServer): Promise<string[]> {
  return [...server.account.tags.values()]
    .flat()
    .filter((tag) => tag.name === 'Readers')
    .flatMap((tag) => [...tag.members])
    .sort();
}

const leave = async (workspace: Workspace, ids: string[]) =>
  await database.db.execute(
    sql`update memberships set left_at = now() where workspace_id = ${workspace.id} and profile_id = any(${sql.param(ids)}::uuid[])`,
  );

test('a segment becomes a tag, later only what changed is told', async () => {
  const { server, workspace, ids, wish } = await setUp(1_100);
  expect(await pushDestination(database, wish)).toMatchObject({
    status: 'succeeded',
    added: 1_100,
    removed: 0,
    refused: 0,
  });
  expect(await tagged(server)).toHaveLength(1_100);
  await leave(workspace, ids.slice(0, 3));
  await suppressAddresses(database.db, { workspaceId: workspace.id }, [
    { email: 'PERSON10@example.com', reason: 'complaint' },
  ]);
  expect(await pushDestination(database, { ...wish, isDryRun: true })).toMatchObject({
    added: 0,
    removed: 4,
  });
  expect(await tagged(server)).toHaveLength(1_100);
  expect(await pushDestination(database, wish)).toMatchObject({ status: 'succeeded', added: 0, removed: 4 });
  expect(await tagged(server)).toHaveLength(1_096);
  expect(await pushDestination(database, wish)).toMatchObject({ added: 0, removed: 0, refused: 0 });
});

test('who is no contact there is refused with the reason, once', async () => {
  const { server, workspace, wish } = await setUp(5);
  await addReaders(database, workspace, [{ email: 'stranger@elsewhere.example' }]);
  expect(await pushDestination(database, wish)).toMatchObject({ status: 'succeeded', added: 5, refused: 1 });
  const [row] = await rowsOf<{ reason: string }>(
    database.db,
    sql`select reason from destination_members where workspace_id = ${workspace.id} and state = 'refused'`,
  );
  expect(row?.reason).toContain('Mailchimp');
  expect(await pushDestination(database, wish)).toMatchObject({ added: 0, refused: 0 });
  expect(await tagged(server)).toHaveLength(5);
});

test('an additive destination removes nobody', async () => {
  const { server, workspace, ids, wish } = await setUp(5, { isAdditiveOnly: true });
  await pushDestination(database, wish);
  await leave(workspace, ids.slice(0, 2));
  expect(await pushDestination(database, wish)).toMatchObject({ added: 0, removed: 0 });
  expect(await tagged(server)).toHaveLength(5);
});

test('a push that breaks off says why and goes on where it was', async () => {
  const { server, workspace, wish } = await setUp(1_100);
  server.plan('none', 'none', 'none', {
    status: 401,
    json: { title: 'API Key Invalid', detail: 'Your API key may be invalid.' },
  });
  const broken = await pushDestination(database, wish);
  expect(broken.status).toBe('partial');
  expect(broken.message).toMatch(/Mailchimp/);
  const destination = await withWorkspace(database, workspace.id, ({ db }) =>
    getDestination(db, workspace.id, wish.destinationId),
  );
  expect(destination.status).toBe('needs_attention');
  const next = await pushDestination(database, wish);
  expect(next.status).toBe('succeeded');
  expect(broken.added + next.added).toBe(1_100);
  expect(await tagged(server)).toHaveLength(1_100);
  const runs = await withWorkspace(database, workspace.id, ({ db }) =>
    listDestinationRuns(db, workspace.id, wish.destinationId),
  );
  expect(runs.map((run) => run.status).sort()).toEqual(['partial', 'succeeded']);
});
