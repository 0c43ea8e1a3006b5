import { sql } from 'drizzle-orm';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { createDestination } from '../../../src/flow/send/destinations.ts';
import { addReaders, SENDING } from '../../setup/audience.ts';
import { createWorkspace } from '../../setup/cast.ts';

export type Cast = {
  workspace: Workspace;
  /** Ids of `person0@example.com` and on, in order. */
  ids: string[];
  wish: { workspaceId: string; destinationId: string };
};

/** A business with a segment of so many people, and a destination for it. */
export async function createDestinationCast(
  database: Database,
  given: {
    connector: string;
    settings: Record<string, unknown>;
    people: number;
    extra?: Record<string, unknown>;
  },
): Promise<Cast> {
  const workspace = await createWorkspace(database, { settings: { ...SENDING, country: 'DE' } });
  const readers = Array.from({ length: given.people }, (_, n) => ({ email: `person${n}@example.com` }));
  const ids = await addReaders(database, workspace, readers);
  const destination = await withWorkspace(database, workspace.id, async ({ db }) => {
    const { connector, settings } = given;
    const { source } = await createSource(db, { workspace, connector, name: connector, settings });
    const wish = { sourceId: source.id, segmentKey: 'readers', name: 'Readers', ...given.extra };
    return await createDestination(db, workspace.id, wish);
  });
  return { workspace, ids, wish: { workspaceId: workspace.id, destinationId: destination.id } };
}

export async function leave(database: Database, { workspace }: Cast, ids: string[]): Promise<void> {
  await database.db.execute(
    sql`update memberships set left_at = now() where workspace_id = ${workspace.id} and profile_id = any(${sql.param(ids)}::uuid[])`,
  );
}

/** What somebody said about ads. */
export async function decideAds(
  database: Database,
  { workspace }: Cast,
  profileId: string,
  state: 'granted' | 'withdrawn',
): Promise<void> {
  await database.db.execute(sql`
    insert into consents (workspace_id, profile_id, id, channel, topic, state, decided_at, received_at, via_kind, via_value, proof)
    values (${workspace.id}, ${profileId}, gen_random_uuid(), 'ads', null, ${state}, null, now(), 'email', 'x', '{}')`);
}

/** How many people stand in each state. */
export async function countStates(database: Database, { workspace }: Cast): Promise<Record<string, number>> {
  const rows = await rowsOf<{ state: string; count: string }>(
    database.db,
    sql`select state, count(*) as count from destination_members where workspace_id = ${workspace.id} group by state`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}
