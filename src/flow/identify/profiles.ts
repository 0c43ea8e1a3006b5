import { and, eq, isNull, sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { identifiers, profileAliases, profiles } from '../../db/schema/identify.ts';
import { matchForm } from './normalise.ts';

/** The living profile an id leads to, also one it had before it was joined to another; null for an unknown one. */
export async function findProfileId(db: Db, workspaceId: string, idOrAlias: string): Promise<string | null> {
  const [alias] = await db
    .select({ id: profileAliases.profileId })
    .from(profileAliases)
    .where(and(eq(profileAliases.workspaceId, workspaceId), eq(profileAliases.aliasId, idOrAlias)));
  return await findLiving(db, workspaceId, alias?.id ?? idOrAlias);
}

/** The profile that has an identifier, however it was written; `source:<source id>` for a vendor's own id. */
export async function findProfileByIdentifier(
  db: Db,
  workspaceId: string,
  kind: string,
  value: string,
): Promise<string | null> {
  const match = matchForm(kind, value);
  if (match === null) return null;
  const [found] = await db
    .select({ id: identifiers.profileId })
    .from(identifiers)
    .where(
      and(eq(identifiers.workspaceId, workspaceId), eq(identifiers.kind, kind), eq(identifiers.value, match)),
    );
  return found ? await findLiving(db, workspaceId, found.id) : null;
}

/** How many people the workspace knows. */
export async function countProfiles(db: Db, workspaceId: string): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(
    db,
    sql`select count(*) from ${profiles}
         where workspace_id = ${workspaceId} and merged_into is null and erased_at is null`,
  );
  return Number(row?.count ?? 0);
}

async function findLiving(db: Db, workspaceId: string, id: string): Promise<string | null> {
  const isLiving = and(isNull(profiles.mergedInto), isNull(profiles.erasedAt));
  const [row] = await db
    .select({ id: profiles.id })
    .from(profiles)
    .where(and(eq(profiles.workspaceId, workspaceId), eq(profiles.id, id), isLiving));
  return row?.id ?? null;
}
