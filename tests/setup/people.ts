import { sql } from 'drizzle-orm';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { newId } from '../../src/db/ids.ts';
import { type Database, rowsOf } from '../../src/db/pool.ts';
import { createBuiltInSources, findSourceByKey } from '../../src/flow/collect/sources.ts';
import { storeItems } from '../../src/flow/collect/store.ts';
import { createWorkspace } from './cast.ts';

/** A tracking call of the tests: a sentence about somebody. */
export type Call = {
  type?: 'identify' | 'track' | 'page' | 'alias';
  at: string;
  userId?: string;
  anonymousId?: string;
  previousId?: string;
  event?: string;
  traits?: Record<string, unknown>;
  properties?: Record<string, unknown>;
  /** What the call is known by; a second one under the same id is the same call. */
  id?: string;
  version?: string;
};

/** A business with its tracking source. */
export async function createListeningWorkspace(
  database: Database,
  overrides: Partial<Workspace> = {},
): Promise<Workspace> {
  await loadConnectors();
  const workspace = await createWorkspace(database, overrides);
  await withWorkspace(database, workspace.id, async ({ db }) => await createBuiltInSources(db, workspace));
  return workspace;
}

/** Stores calls as the tracking API would; nobody has carried them yet. */
export async function tell(database: Database, workspace: Workspace, calls: Call[]) {
  return await withWorkspace(database, workspace.id, async ({ db }) => {
    const source = (await findSourceByKey(db, workspace.id, 'tracking'))!;
    return await storeItems(db, { workspaceId: workspace.id, sourceId: source.id }, calls.map(toItem));
  });
}

/** The living people: each the sorted identifiers as `kind value`, and the names of their events in order. */
export async function listPeople(database: Database, workspace: Workspace) {
  return await withWorkspace(database, workspace.id, async ({ db }) => {
    return await rowsOf<{ id: string; identifiers: string[]; events: string[]; traits: unknown }>(
      db,
      sql`select p.id,
                 coalesce((select array_agg(i.kind || ' ' || i.value order by i.kind collate "C", i.value collate "C")
                             from identifiers i
                            where i.workspace_id = p.workspace_id and i.profile_id = p.id), '{}') as identifiers,
                 coalesce((select array_agg(n.name order by e.occurred_at, e.id)
                             from events e join event_names n on n.workspace_id = e.workspace_id and n.id = e.name_id
                            where e.workspace_id = p.workspace_id and e.profile_id = p.id), '{}') as events,
                 (select t.traits from profile_traits t
                   where t.workspace_id = p.workspace_id and t.profile_id = p.id and t.traits <> '{}') as traits
            from profiles p
           where p.workspace_id = ${workspace.id} and p.merged_into is null and p.erased_at is null
           order by 2, 3, 1`,
    );
  });
}

/** Everything that is known of people, without what only counts up. */
export async function snapshotPeople(database: Database, workspace: Workspace) {
  const dump = async (statement: ReturnType<typeof sql>) =>
    JSON.stringify((await rowsOf<{ row: unknown }>(database.db, statement)).map(({ row }) => row));
  const id = workspace.id;
  return {
    identifiers: await dump(
      sql`select to_jsonb(t) as row from identifiers t where workspace_id = ${id} order by kind, value`,
    ),
    profiles: await dump(
      sql`select to_jsonb(t) as row from profiles t where workspace_id = ${id} order by id`,
    ),
    aliases: await dump(
      sql`select to_jsonb(t) as row from profile_aliases t where workspace_id = ${id} order by alias_id`,
    ),
    events: await dump(sql`select to_jsonb(t) as row from events t where workspace_id = ${id} order by id`),
    traits: await dump(
      sql`select to_jsonb(t) - 'updated_at' as row from profile_traits t where workspace_id = ${id} order by profile_id`,
    ),
    values: await dump(
      sql`select to_jsonb(t) as row from trait_values t where workspace_id = ${id} order by profile_id, name, source_id, via_kind, via_value, changed_at`,
    ),
    consents: await dump(
      sql`select to_jsonb(t) as row from consents t where workspace_id = ${id} order by profile_id, id`,
    ),
    records: await dump(
      sql`select to_jsonb(t) - 'seen_at' as row from records t where workspace_id = ${id} order by subject`,
    ),
  };
}

function toItem({ at, id, version, ...message }: Call) {
  const type = message.type ?? (message.event ? 'track' : 'identify');
  const payload = {
    message: { ...message, type },
    occurredAt: new Date(at).toISOString(),
    receivedAt: new Date(at).toISOString(),
  };
  return { stream: type, externalId: id ?? newId(), version: version ?? '', payload };
}
