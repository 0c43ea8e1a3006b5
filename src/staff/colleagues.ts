import { and, asc, eq, ne } from 'drizzle-orm';
import { Conflict, NotFound } from '../base/errors.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database, Db } from '../db/pool.ts';
import { users, workspaceUsers } from '../db/schema/staff.ts';
import type { Role } from './roles.ts';
import { endSessions } from './sessions.ts';

export type Colleague = {
  userId: string;
  name: string;
  email: string;
  role: Role;
  isDisabled: boolean;
  hasTotp: boolean;
  lastSeenAt: Date | null;
};

export async function listColleagues(database: Database, workspaceId: string): Promise<Colleague[]> {
  const rows = await withPlatform(database, (db) =>
    db
      .select({ user: users, role: workspaceUsers.role, lastVisitAt: workspaceUsers.lastVisitAt })
      .from(workspaceUsers)
      .innerJoin(users, eq(users.id, workspaceUsers.userId))
      .where(eq(workspaceUsers.workspaceId, workspaceId))
      .orderBy(asc(users.name), asc(users.id)),
  );
  return rows.map(({ user, role, lastVisitAt }) => ({
    userId: user.id,
    name: user.name,
    email: user.email,
    role: role as Role,
    isDisabled: user.isDisabled,
    hasTotp: user.totpSealed !== null,
    lastSeenAt: lastVisitAt ?? user.lastSeenAt,
  }));
}

export async function getColleague(
  database: Database,
  workspaceId: string,
  userId: string,
): Promise<Colleague> {
  const found = (await listColleagues(database, workspaceId)).find((each) => each.userId === userId);
  if (!found) throw new NotFound('There is no such colleague.');
  return found;
}

export async function isColleague(database: Database, workspaceId: string, userId: string): Promise<boolean> {
  const rows = await withPlatform(database, (db) =>
    db.select().from(workspaceUsers).where(isThem({ workspaceId, userId })),
  );
  return rows.length > 0;
}

/** The new role counts from the next request on, for sessions that are open too. */
export async function changeRole(
  database: Database,
  given: { workspaceId: string; userId: string; role: Role },
): Promise<void> {
  await withPlatform(database, async (db) => {
    await requireColleague(db, given);
    if (given.role !== 'admin') await requireOtherAdmin(db, given);
    await db.update(workspaceUsers).set({ role: given.role }).where(isThem(given));
    await endSessions(db, given.userId);
  });
}

/** Takes somebody out of this workspace; what they did stays in the audit log. */
export async function removeColleague(
  database: Database,
  given: { workspaceId: string; userId: string },
): Promise<void> {
  await withPlatform(database, async (db) => {
    await requireColleague(db, given);
    await requireOtherAdmin(db, given);
    await db.delete(workspaceUsers).where(isThem(given));
    await endSessions(db, given.userId);
  });
}

/** Closes an account, or opens it again. Not that of somebody who works in other workspaces too: it is not ours. */
export async function closeAccount(
  database: Database,
  given: { workspaceId: string; userId: string; isDisabled: boolean },
): Promise<void> {
  await withPlatform(database, async (db) => {
    await requireColleague(db, given);
    await requireOnlyHere(db, given);
    if (given.isDisabled) await requireOtherAdmin(db, given);
    await db.update(users).set({ isDisabled: given.isDisabled }).where(eq(users.id, given.userId));
    await endSessions(db, given.userId);
  });
}

/** An admin of one business must not hold the key to another. */
export async function requireOnlyHere(db: Db, given: { workspaceId: string; userId: string }): Promise<void> {
  const elsewhere = await db
    .select({ id: workspaceUsers.workspaceId })
    .from(workspaceUsers)
    .where(and(eq(workspaceUsers.userId, given.userId), ne(workspaceUsers.workspaceId, given.workspaceId)));
  if (elsewhere.length > 0) {
    throw new Conflict('This colleague works in other workspaces too. You can remove them from this one.');
  }
}

async function requireColleague(db: Db, given: { workspaceId: string; userId: string }): Promise<void> {
  const rows = await db.select().from(workspaceUsers).where(isThem(given));
  if (rows.length === 0) throw new NotFound('There is no such colleague.');
}

/** Somebody has to be able to let others in. The rows are locked, so that two admins cannot remove each other. */
async function requireOtherAdmin(db: Db, given: { workspaceId: string; userId: string }): Promise<void> {
  const admins = await db
    .select({ userId: workspaceUsers.userId, isDisabled: users.isDisabled })
    .from(workspaceUsers)
    .innerJoin(users, eq(users.id, workspaceUsers.userId))
    .where(and(eq(workspaceUsers.workspaceId, given.workspaceId), eq(workspaceUsers.role, 'admin')))
    .orderBy(asc(workspaceUsers.userId))
    .for('update');
  const isAdmin = admins.some(({ userId }) => userId === given.userId);
  const others = admins.filter(({ userId, isDisabled }) => userId !== given.userId && !isDisabled);
  if (isAdmin && others.length === 0)
    throw new Conflict('This is the only admin. Make somebody else admin first.');
}

function isThem({ workspaceId, userId }: { workspaceId: string; userId: string }) {
  return and(eq(workspaceUsers.workspaceId, workspaceId), eq(workspaceUsers.userId, userId));
}
