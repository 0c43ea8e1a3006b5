import { Invalid } from '../base/errors.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { checkCredentials } from './credentials.ts';
import { createLink, getLink, type Link, listLinks, useLink, withdrawLink } from './links.ts';
import type { Role } from './roles.ts';
import { findUserByEmail, hashNewPassword, insertColleague, insertUser } from './users.ts';

export type Invited = { userId: string; workspaceId: string; role: Role };

/** A link for one address, into one workspace. The token is answered here and nowhere else again. */
export async function inviteColleague(
  database: Database,
  given: { workspaceId: string; email: string; role: Role; createdBy: string },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  return await withPlatform(database, (db) =>
    createLink(db, { ...given, purpose: 'invitation', userId: null }),
  );
}

export async function getInvitation(
  database: Database,
  token: string,
): Promise<Link & { hasAccount: boolean }> {
  const link = await withPlatform(database, (db) => getLink(db, 'invitation', token));
  return { ...link, hasAccount: (await findUserByEmail(database, link.email)) !== null };
}

/** Accepts with a new account, or, where the address has one, with its password: the link alone does not open it. */
export async function acceptInvitation(
  database: Database,
  given: { token: string; name: string; password: string; address: string },
): Promise<Invited> {
  const { email, hasAccount } = await getInvitation(database, given.token);
  const known = hasAccount ? await checkCredentials(database, { ...given, email }) : null;
  if (hasAccount && !known)
    throw new Invalid([{ path: 'password', message: 'This is not the password of your account.' }]);
  const passwordHash = known ? '' : await hashNewPassword({ ...given, email });
  return await withPlatform(database, async (db) => {
    const { workspaceId, role } = await useLink(db, 'invitation', given.token);
    if (!workspaceId || !role) throw new Error('An invitation without a workspace was stored.');
    const userId = known ?? (await insertUser(db, { email, name: given.name, passwordHash })).id;
    await insertColleague(db, { workspaceId, userId, role });
    return { userId, workspaceId, role };
  });
}

export async function listInvitations(database: Database, workspaceId: string): Promise<Link[]> {
  return await withPlatform(database, (db) => listLinks(db, 'invitation', workspaceId));
}

export async function withdrawInvitation(database: Database, workspaceId: string, id: string): Promise<Link> {
  return await withPlatform(database, (db) => withdrawLink(db, workspaceId, id));
}
