import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../base/clock.ts';
import { Invalid, NotFound } from '../base/errors.ts';
import { withPlatform } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database, Db } from '../db/pool.ts';
import { users, workspaceUsers } from '../db/schema/staff.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import type { Role } from './roles.ts';
import { endSessions } from './sessions.ts';

export const emailField = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'Use at most 254 characters.')
  .pipe(z.email('Write an address like ada@example.com.'));
export const nameField = z.string().trim().min(1, 'Write your name.').max(100, 'Use at most 100 characters.');

export type NewUser = { email: string; name: string; password: string };
export type User = { id: string; email: string; name: string; isDisabled: boolean; hasTotp: boolean };

/** Makes an account and a colleague of it. Throws Invalid for a weak password or an address that has an account. */
export async function createUser(
  database: Database,
  given: NewUser & { workspaceId: string; role: Role },
): Promise<{ id: string }> {
  const passwordHash = await hashNewPassword(given);
  return await withPlatform(database, async (db) => {
    const user = await insertUser(db, { ...given, passwordHash });
    await insertColleague(db, { workspaceId: given.workspaceId, userId: user.id, role: given.role });
    return user;
  });
}

/** Checks the password before it costs anything, so that the form can say what is wrong with it. */
export async function hashNewPassword(given: NewUser): Promise<string> {
  checkPassword(given.password, 'password', [given.name, given.email, given.email.split('@')[0] ?? '']);
  return await hashPassword(given.password);
}

export async function insertUser(
  db: Db,
  given: { email: string; name: string; passwordHash: string },
): Promise<{ id: string }> {
  const row = {
    id: newId(),
    email: given.email.trim().toLowerCase(),
    name: given.name,
    passwordHash: given.passwordHash,
  };
  const [made] = await db
    .insert(users)
    .values({ ...row, createdAt: now() })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  if (!made) throw new Invalid([{ path: 'email', message: 'This address has an account already.' }]);
  return made;
}

/** Whoever is a colleague already keeps the role they have. */
export async function insertColleague(
  db: Db,
  given: { workspaceId: string; userId: string; role: Role },
): Promise<void> {
  await db
    .insert(workspaceUsers)
    .values({ ...given, createdAt: now() })
    .onConflictDoNothing();
}

export async function findUserByEmail(database: Database, email: string): Promise<User | null> {
  const [row] = await withPlatform(database, (db) =>
    db.select().from(users).where(eq(users.email, email.trim().toLowerCase())),
  );
  return row ? toUser(row) : null;
}

export async function getUser(database: Database, id: string): Promise<User> {
  const [row] = await withPlatform(database, (db) => db.select().from(users).where(eq(users.id, id)));
  if (!row) throw new NotFound('There is no such account.');
  return toUser(row);
}

export async function renameUser(database: Database, id: string, name: string): Promise<void> {
  await withPlatform(database, (db) => db.update(users).set({ name }).where(eq(users.id, id)));
}

/** From the next request on every session of before is refused, on every process. */
export async function setPassword(database: Database, id: string, password: string): Promise<void> {
  const user = await getUser(database, id);
  const passwordHash = await hashNewPassword({ ...user, password });
  await withPlatform(database, async (db) => {
    await db.update(users).set({ passwordHash }).where(eq(users.id, id));
    await endSessions(db, id);
  });
}

function toUser(row: typeof users.$inferSelect): User {
  const { id, email, name, isDisabled } = row;
  return { id, email, name, isDisabled, hasTotp: row.totpSealed !== null };
}
