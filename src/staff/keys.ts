import { and, desc, eq, isNull } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import { NotFound } from '../base/errors.ts';
import { newToken, sha256 } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database } from '../db/pool.ts';
import { sources } from '../db/schema/collect.ts';
import { keys } from '../db/schema/staff.ts';

export type KeyKind = 'write' | 'api';

/** Whom a presented key speaks for. A write key names the source its events belong to. */
export type MachineKey = { id: string; workspaceId: string; kind: KeyKind; sourceId: string | null };

export type KeyRow = {
  id: string;
  kind: KeyKind;
  name: string;
  lastFour: string;
  createdAt: Date;
  lastUsedAt: Date | null;
};

/** The key's last use is written at most this often, so that ten thousand events are not ten thousand updates. */
const USE_NOTED_MS = 60_000;

/** The key of that secret; null if it is unknown or revoked. */
export async function findKey(database: Database, presented: string): Promise<MachineKey | null> {
  const [row] = await database.db
    .select()
    .from(keys)
    .where(and(eq(keys.hash, sha256(presented)), isNull(keys.revokedAt)));
  if (!row) return null;
  if (!row.lastUsedAt || now().getTime() - row.lastUsedAt.getTime() > USE_NOTED_MS)
    await noteUse(database, row.id);
  return { id: row.id, workspaceId: row.workspaceId, kind: row.kind as KeyKind, sourceId: row.sourceId };
}

/** Makes a key. The secret is answered here and nowhere else again. */
export async function createKey(
  database: Database,
  given: { workspaceId: string; kind: KeyKind; name: string; createdBy: string | null },
): Promise<{ id: string; secret: string }> {
  const secret = `${given.kind === 'write' ? 'wk' : 'ak'}_${newToken()}`;
  const id = newId();
  await withPlatform(database, async (db) => {
    await db.insert(keys).values({
      id,
      workspaceId: given.workspaceId,
      kind: given.kind,
      name: given.name,
      hash: sha256(secret),
      lastFour: secret.slice(-4),
      sourceId: given.kind === 'write' ? await getTrackingSource(database, given.workspaceId) : null,
      createdBy: given.createdBy,
      createdAt: now(),
    });
  });
  return { id, secret };
}

export async function listKeys(database: Database, workspaceId: string): Promise<KeyRow[]> {
  const rows = await withPlatform(database, (db) =>
    db
      .select()
      .from(keys)
      .where(and(eq(keys.workspaceId, workspaceId), isNull(keys.revokedAt)))
      .orderBy(desc(keys.createdAt)),
  );
  return rows.map((row) => ({ ...row, kind: row.kind as KeyKind }));
}

/** From the next request on the key opens nothing. Returns its name, for the audit log. */
export async function revokeKey(database: Database, workspaceId: string, id: string): Promise<string> {
  const [row] = await withPlatform(database, (db) =>
    db
      .update(keys)
      .set({ revokedAt: now() })
      .where(and(eq(keys.workspaceId, workspaceId), eq(keys.id, id), isNull(keys.revokedAt)))
      .returning({ name: keys.name }),
  );
  if (!row) throw new NotFound('There is no such key.');
  return row.name;
}

async function noteUse(database: Database, id: string): Promise<void> {
  await database.db.update(keys).set({ lastUsedAt: now() }).where(eq(keys.id, id));
}

async function getTrackingSource(database: Database, workspaceId: string): Promise<string> {
  const [row] = await database.db
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.workspaceId, workspaceId), eq(sources.key, 'tracking')));
  if (!row) throw new NotFound('The workspace has no source for tracked events.');
  return row.id;
}
