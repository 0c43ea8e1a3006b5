import { sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Conflict, ConnectorError } from '../../base/errors.ts';
import { withWorkspace } from '../../db/doors.ts';
import { withLease } from '../../db/leases.ts';
import { type Database, rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { openContext } from './connection.ts';
import { sealSecret } from './settings.ts';
import { getConnector, getSource, openHookToken, type Source } from './sources.ts';

type Given = { workspaceId: string; sourceId: string; baseUrl: string };

/** Where the vendor sends to; null for a source that takes nothing by itself. */
export function hookUrlOf(source: Source, baseUrl: string): string | null {
  const token = getConnector(source.connector).hooks ? openHookToken(source) : null;
  return token === null ? null : `${baseUrl}/hooks/${token}`;
}

/** Tells the vendor our address and keeps what came of it. Throws ConnectorError in words where it does not let us. */
export async function registerHook(database: Database, given: Given): Promise<void> {
  await alone(database, given, async () => {
    const { source, workspace } = await openSource(database, given);
    const { hooks } = getConnector(source.connector);
    const url = hookUrlOf(source, given.baseUrl);
    if (!hooks?.register || url === null) return;
    const context = openContext(database, workspace, source);
    const secrets = await hooks.register(context, url);
    // Removed meanwhile: nobody would ever take it back.
    if (!(await keepSecrets(database, source, secrets))) await hooks.unregister?.(context, url);
  });
}

/** Takes back what was registered. In words what went wrong; null when all is well or there was nothing. */
export async function unregisterHook(database: Database, given: Given): Promise<string | null> {
  const { source, workspace } = await openSource(database, given);
  const { hooks } = getConnector(source.connector);
  const url = hookUrlOf(source, given.baseUrl);
  if (source.hookRegisteredAt === null || !hooks?.unregister || url === null) return null;
  const context = openContext(database, workspace, source);
  try {
    await alone(database, given, async () => await hooks.unregister?.(context, url));
    return null;
  } catch (error) {
    if (error instanceof ConnectorError || error instanceof Conflict) return error.message;
    throw error;
  }
}

/** Two that register at once would make two of everything at the vendor. */
async function alone(database: Database, given: Given, work: () => Promise<void>): Promise<void> {
  const { workspaceId, sourceId } = given;
  const done = await withLease(
    database,
    { workspaceId, job: `hook:${sourceId}`, waitMs: 30_000 },
    async () => {
      await work();
      return true;
    },
  );
  if (!done) throw new Conflict('The vendor is being told of the webhook already.');
}

async function openSource(database: Database, { workspaceId, sourceId }: Given) {
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => ({
    workspace,
    source: await getSource(db, workspaceId, sourceId),
  }));
}

/** False when the source is no longer there. */
async function keepSecrets(database: Database, source: Source, secrets: Record<string, string>) {
  const scope = { workspaceId: source.workspaceId, connectionId: source.id };
  const sealed = Object.entries(secrets).map(([field, value]) => [field, sealSecret(value, field, scope)]);
  const kept = await rowsOf(
    database.db,
    sql`update ${sources}
           set sealed = sealed || ${JSON.stringify(Object.fromEntries(sealed))}::jsonb,
               hook_registered_at = ${now().toISOString()}::timestamptz
         where workspace_id = ${source.workspaceId} and id = ${source.id} and removed_at is null
     returning id`,
  );
  return kept.length > 0;
}
