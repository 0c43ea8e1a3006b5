import { and, asc, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { Conflict, NotFound } from '../../base/errors.ts';
import { newToken, sha256 } from '../../base/secrets.ts';
import type { Connector } from '../../connectors/contract.ts';
import { findConnector } from '../../connectors/registry.ts';
import type { Workspace } from '../../db/doors.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { sourceStreams, sources } from '../../db/schema/collect.ts';
import { checkSettings, HOOK, openSecret, sealSecret, sealSettings } from './settings.ts';

const record = z.record(z.string(), z.unknown());
const sealedRecord = z.record(z.string(), z.string());

/** A connector someone configured. `settings` holds no secret: those lie sealed beside it. */
export type Source = Omit<typeof sources.$inferSelect, 'settings' | 'sealed'> & {
  settings: Record<string, unknown>;
  sealed: Record<string, string>;
};

/** Names of short-lived tokens among the sealed texts of a source begin so. */
export const TOKEN_PREFIX = 'token:';

/** Sources every workspace has from the start: they wait for data and fetch none. */
const BUILT_IN = [
  { key: 'tracking', connector: 'http-api', name: 'Tracking' },
  { key: 'csv', connector: 'csv', name: 'CSV files' },
];

/** Adds a source. Its settings are checked by the connector, its secrets sealed; the hook token is shown once more on its page. */
export async function createSource(
  db: Db,
  wish: {
    workspace: Pick<Workspace, 'id'>;
    connector: string;
    name: string;
    settings: Record<string, unknown>;
    demoPort?: number | undefined;
    everyMinutes?: number | undefined;
  },
): Promise<{ source: Source; hookToken: string }> {
  const connector = getConnector(wish.connector);
  const scope = { workspaceId: wish.workspace.id, connectionId: newId() };
  const hookToken = newToken();
  const row = {
    workspaceId: scope.workspaceId,
    id: scope.connectionId,
    connector: connector.key,
    name: wish.name,
    ...sealSettings(connector.settings, checkSettings(connector.settings, wish.settings), scope),
    hookTokenHash: sha256(hookToken),
    hookTokenSealed: sealSecret(hookToken, HOOK, scope),
    demoPort: wish.demoPort ?? null,
    everyMinutes: wish.everyMinutes ?? null,
    createdAt: now(),
  };
  const source = await insertWithFreeKey(db, row, connector.key);
  await addStreams(db, source, connector);
  return { source, hookToken };
}

/** Makes the sources that every workspace has. May be called again. */
export async function createBuiltInSources(db: Db, workspace: Pick<Workspace, 'id'>): Promise<void> {
  const rows = BUILT_IN.map((source) => ({
    ...source,
    workspaceId: workspace.id,
    id: newId(),
    createdAt: now(),
  }));
  await db
    .insert(sources)
    .values(rows)
    .onConflictDoNothing({ target: [sources.workspaceId, sources.key] });
}

/** Every source that was not removed, the oldest first. */
export async function listSources(db: Db, workspaceId: string): Promise<Source[]> {
  const rows = await db
    .select()
    .from(sources)
    .where(and(eq(sources.workspaceId, workspaceId), isNull(sources.removedAt)))
    .orderBy(asc(sources.createdAt), asc(sources.key));
  return rows.map(toSource);
}

export async function getSource(db: Db, workspaceId: string, id: string): Promise<Source> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.workspaceId, workspaceId), eq(sources.id, id), isNull(sources.removedAt)));
  if (!row) throw new NotFound('There is no such source.');
  return toSource(row);
}

export async function findSourceByKey(db: Db, workspaceId: string, key: string): Promise<Source | null> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.workspaceId, workspaceId), eq(sources.key, key), isNull(sources.removedAt)));
  return row ? toSource(row) : null;
}

/** The source a webhook path belongs to; the only look-up that begins without a workspace. */
export async function findSourceByHookToken(db: Db, token: string): Promise<Source | null> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.hookTokenHash, sha256(token)), isNull(sources.removedAt)));
  return row ? toSource(row) : null;
}

/** The settings as the connector takes them: open ones and opened secrets, checked again. */
export function openSettings(source: Source): never {
  const connector = getConnector(source.connector);
  return checkSettings(connector.settings, { ...source.settings, ...openSecrets(source) }) as never;
}

/** The secrets among the settings, by field. Short-lived tokens lie beside them and are none. */
export function openSecrets(source: Source): Record<string, unknown> {
  const scope = { workspaceId: source.workspaceId, connectionId: source.id };
  const secrets = Object.entries(source.sealed).filter(([field]) => !field.startsWith(TOKEN_PREFIX));
  return Object.fromEntries(secrets.map(([field, sealed]) => [field, openSecret(sealed, field, scope)]));
}

/** The part of a source's webhook address that nobody can guess. */
export function openHookToken(source: Source): string | null {
  if (!source.hookTokenSealed) return null;
  const scope = { workspaceId: source.workspaceId, connectionId: source.id };
  return z.string().parse(openSecret(source.hookTokenSealed, HOOK, scope));
}

/** The connector of a source; throws NotFound in words when the product has none of that key. */
export function getConnector(key: string): Connector {
  const connector = findConnector(key);
  if (!connector) throw new NotFound(`There is no connector called ${key}.`);
  return connector;
}

export function toSource(row: typeof sources.$inferSelect): Source {
  return { ...row, settings: record.parse(row.settings), sealed: sealedRecord.parse(row.sealed) };
}

/** `mailchimp`, then `mailchimp-2`: a removed source keeps its key, as rules and identifiers name it. */
async function insertWithFreeKey(
  db: Db,
  row: Omit<typeof sources.$inferInsert, 'key'>,
  base: string,
): Promise<Source> {
  for (let number = 1; number <= 1_000; number++) {
    const key = number === 1 ? base : `${base}-${number}`;
    const [made] = await db
      .insert(sources)
      .values({ ...row, key })
      .onConflictDoNothing({ target: [sources.workspaceId, sources.key] })
      .returning();
    if (made) return toSource(made);
  }
  throw new Conflict(`There are too many sources of ${base}.`);
}

async function addStreams(db: Db, source: Source, connector: Connector): Promise<void> {
  if (connector.streams.length === 0) return;
  const rows = connector.streams.map((stream) => ({
    workspaceId: source.workspaceId,
    sourceId: source.id,
    stream: stream.key,
  }));
  await db.insert(sourceStreams).values(rows).onConflictDoNothing();
}
