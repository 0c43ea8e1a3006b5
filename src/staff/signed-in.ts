import { and, asc, eq } from 'drizzle-orm';
import { sha256 } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';
import { users, workspaceUsers } from '../db/schema/staff.ts';
import type { Role } from './roles.ts';

/** Whoever is at the door: the account, the workspace in use and the role there. */
export type SignedIn = {
  id: string;
  name: string;
  email: string;
  hasTotp: boolean;
  workspaceId: string;
  role: Role;
  workspaces: { id: string; name: string }[];
  /** Changes with password and second factor: a session that carries an older one is not let in. */
  mark: string;
};

/**
 * The account as it is now. Null when it is closed, is nobody's colleague any more, or when `mark` is of before
 * a change of password or second factor. Without a workspace, or with one that was left, the first is used.
 */
export async function findSignedIn(
  database: Database,
  given: { id: string; mark?: string; workspaceId?: string | undefined },
): Promise<SignedIn | null> {
  const rows = await withPlatform(database, (db) =>
    db
      .select({ user: users, role: workspaceUsers.role, id: workspaces.id, name: workspaces.name })
      .from(users)
      .innerJoin(workspaceUsers, eq(workspaceUsers.userId, users.id))
      .innerJoin(workspaces, eq(workspaces.id, workspaceUsers.workspaceId))
      .where(and(eq(users.id, given.id), eq(users.isDisabled, false)))
      .orderBy(asc(workspaceUsers.createdAt), asc(workspaces.id)),
  );
  const row = rows.find(({ id }) => id === given.workspaceId) ?? rows[0];
  if (!row) return null;
  const mark = markOf(row.user);
  if (given.mark !== undefined && given.mark !== mark) return null;
  const { id, name, email, totpSealed } = row.user;
  return {
    id,
    name,
    email,
    hasTotp: totpSealed !== null,
    workspaceId: row.id,
    role: row.role as Role,
    workspaces: rows.map((each) => ({ id: each.id, name: each.name })),
    mark,
  };
}

function markOf(user: { passwordHash: string; totpMark: string | null }): string {
  return sha256(`${user.passwordHash} ${user.totpMark ?? ''}`).slice(0, 24);
}
