import { eq, sql } from 'drizzle-orm';
import { NotFound } from '../base/errors.ts';
import type { Database, Db } from './pool.ts';
import { workspaces } from './schema/db.ts';

/** The business a piece of work is for. */
export type Workspace = {
  id: string;
  name: string;
  timezone: string;
  currency: string;
  kind: 'shop' | 'saas' | 'both';
  isDemo: boolean;
  settings: Record<string, unknown>;
};

export type Scope = { db: Db; workspace: Workspace };

/**
 * The door to one workspace's data: a transaction, and the workspace. As web it is held to the workspace by
 * row-level security too; as pipeline every statement has to name it. Throws NotFound for an unknown one.
 */
export async function withWorkspace<T>(
  database: Database,
  id: string,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  // Before the transaction: a second connection taken inside one could wait for itself.
  const isHeld = database.role === 'web' && (await hasWall(database));
  return await database.db.transaction(async (db) => {
    const workspace = await getWorkspace(db, id);
    if (isHeld) await actAsWeb(db, id);
    return await work({ db, workspace });
  });
}

/**
 * The door to what belongs to no workspace: users, sessions, keys, hook tokens, leases, the list of workspaces.
 * tests/architecture.test.ts lists who may use it.
 */
export async function withPlatform<T>(database: Database, work: (db: Db) => Promise<T>): Promise<T> {
  return await database.db.transaction(async (db) => await work(db));
}

async function getWorkspace(db: Db, id: string): Promise<Workspace> {
  const [row] = await db.select().from(workspaces).where(eq(workspaces.id, id));
  if (!row) throw new NotFound('There is no such workspace.');
  return {
    id: row.id,
    name: row.name,
    timezone: row.timezone,
    currency: row.currency,
    kind: row.kind as Workspace['kind'],
    isDemo: row.isDemo,
    settings: row.settings as Record<string, unknown>,
  };
}

const walls = new WeakMap<Database, Promise<boolean>>();

/**
 * Whether row-level security stands behind the web's handle: false where the database did not let us create the
 * web role. Asked once a handle; `doctor` and Settings show it.
 */
export async function hasWall(database: Database): Promise<boolean> {
  const known = walls.get(database) ?? askForWall(database);
  walls.set(database, known);
  return await known;
}

async function askForWall(database: Database): Promise<boolean> {
  const result = await database.pool.query<{ member: boolean }>(
    "select exists (select 1 from pg_roles where rolname = 'segments_web' and pg_has_role(oid, 'member')) as member",
  );
  return result.rows[0]?.member ?? false;
}

async function actAsWeb(db: Db, id: string): Promise<void> {
  await db.execute(
    sql`select set_config('role', 'segments_web', true), set_config('app.workspace_id', ${id}, true)`,
  );
}
