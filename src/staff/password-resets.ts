import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { requireOnlyHere } from './colleagues.ts';
import { createLink, getLink, useLink } from './links.ts';
import { checkPassword } from './passwords.ts';
import { findUserByEmail, getUser, setPassword } from './users.ts';

export type ResetLink = { token: string; email: string; expiresAt: Date };

/** For whoever forgot it: null when nobody has that address, which the page must not let show. */
export async function offerPasswordReset(database: Database, email: string): Promise<ResetLink | null> {
  const user = await findUserByEmail(database, email);
  if (!user || user.isDisabled) return null;
  return await makeLink(database, { userId: user.id, email: user.email, workspaceId: null, createdBy: null });
}

/** An admin hands a link to a colleague who works nowhere else; a second factor stays in the way. */
export async function makePasswordReset(
  database: Database,
  given: { workspaceId: string; userId: string; createdBy: string },
): Promise<ResetLink> {
  await withPlatform(database, (db) => requireOnlyHere(db, given));
  const { email } = await getUser(database, given.userId);
  return await makeLink(database, { ...given, email });
}

export async function getPasswordReset(database: Database, token: string): Promise<{ email: string }> {
  return await withPlatform(database, (db) => getLink(db, 'password', token));
}

/** Sets the password and ends every session. Returns whose it was. */
export async function resetPassword(
  database: Database,
  given: { token: string; password: string },
): Promise<string> {
  const { email } = await getPasswordReset(database, given.token);
  // Before the link is used up: a weak password must not cost it.
  checkPassword(given.password, 'password', [email, email.split('@')[0] ?? '']);
  const { userId } = await withPlatform(database, (db) => useLink(db, 'password', given.token));
  if (!userId) throw new Error('A password link without an account was stored.');
  await setPassword(database, userId, given.password);
  return userId;
}

async function makeLink(
  database: Database,
  given: { userId: string; email: string; workspaceId: string | null; createdBy: string | null },
): Promise<ResetLink> {
  const link = await withPlatform(database, (db) =>
    createLink(db, { ...given, purpose: 'password', role: null }),
  );
  return { token: link.token, email: given.email, expiresAt: link.expiresAt };
}
