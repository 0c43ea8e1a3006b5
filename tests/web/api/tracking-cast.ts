import { eq } from 'drizzle-orm';
import type { Workspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { rawEvents } from '../../../src/db/schema/collect.ts';
import { createBuiltInSources } from '../../../src/flow/collect/sources.ts';
import { createKey } from '../../../src/staff/keys.ts';
import { serveApp } from '../../setup/app.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

export type Tracker = { workspace: Workspace; keyId: string; writeKey: string; authorization: string };
export type Tracked = { stream: string; externalId: string; payload: Record<string, unknown> };

/** The product listening on loopback, and a business with a write key. */
export async function serveTracking(): Promise<{
  database: Database;
  url: string;
  host: string;
  tracker: Tracker;
}> {
  const databases = await createTestDatabase();
  const served = await serveApp(databases);
  return { database: databases.database, ...served, tracker: await createTracker(databases.database) };
}

export async function createTracker(database: Database): Promise<Tracker> {
  const workspace = await createWorkspace(database);
  await createBuiltInSources(database.db, workspace);
  const given = { workspaceId: workspace.id, kind: 'write' as const, name: 'Site', createdBy: null };
  const { id, secret } = await createKey(database, given);
  const authorization = `Basic ${Buffer.from(`${secret}:`).toString('base64')}`;
  return { workspace, keyId: id, writeKey: secret, authorization };
}

/** What is kept for a business, in the order of what it is about. */
export async function listTracked(database: Database, { workspace }: Tracker): Promise<Tracked[]> {
  const rows = await database.db
    .select()
    .from(rawEvents)
    .where(eq(rawEvents.workspaceId, workspace.id))
    .orderBy(rawEvents.id);
  return rows.map(({ stream, externalId, payload }) => ({
    stream,
    externalId,
    payload: payload as Record<string, unknown>,
  }));
}
