import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import { NotFound } from '../base/errors.ts';
import { newToken, sha256 } from '../base/secrets.ts';
import { newId } from '../db/ids.ts';
import type { Db } from '../db/pool.ts';
import { invitations } from '../db/schema/staff.ts';
import type { Role } from './roles.ts';

/** Links that open something by themselves: 256 bits, kept as a hash, good once and for half an hour. */
const LINK_MINUTES = 30;

export type LinkPurpose = 'invitation' | 'password';
export type Link = {
  id: string;
  purpose: LinkPurpose;
  email: string;
  workspaceId: string | null;
  userId: string | null;
  role: Role | null;
  expiresAt: Date;
};

export async function createLink(
  db: Db,
  given: Omit<Link, 'id' | 'expiresAt'> & { createdBy: string | null },
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const token = newToken();
  const createdAt = now();
  const expiresAt = now();
  expiresAt.setMinutes(expiresAt.getMinutes() + LINK_MINUTES);
  const id = newId();
  await db.insert(invitations).values({ ...given, id, tokenHash: sha256(token), createdAt, expiresAt });
  return { id, token, expiresAt };
}

/** The link of this token. Throws NotFound for one that is used up, too old or was never made, all in one sentence. */
export async function getLink(db: Db, purpose: LinkPurpose, token: string): Promise<Link> {
  const [row] = await db
    .select()
    .from(invitations)
    .where(and(isOpen(purpose), eq(invitations.tokenHash, sha256(token))));
  return toLink(row);
}

/** The same, and uses it up: of two at once only one gets it. */
export async function useLink(db: Db, purpose: LinkPurpose, token: string): Promise<Link> {
  const [row] = await db
    .update(invitations)
    .set({ usedAt: now() })
    .where(and(isOpen(purpose), eq(invitations.tokenHash, sha256(token))))
    .returning();
  return toLink(row);
}

/** Links that somebody was given and has not opened yet. */
export async function listLinks(db: Db, purpose: LinkPurpose, workspaceId: string): Promise<Link[]> {
  const rows = await db
    .select()
    .from(invitations)
    .where(and(isOpen(purpose), eq(invitations.workspaceId, workspaceId)))
    .orderBy(desc(invitations.createdAt));
  return rows.map(toLink);
}

/** From now on the link opens nothing. */
export async function withdrawLink(db: Db, workspaceId: string, id: string): Promise<Link> {
  const [row] = await db
    .update(invitations)
    .set({ usedAt: now() })
    .where(and(isOpen('invitation'), eq(invitations.workspaceId, workspaceId), eq(invitations.id, id)))
    .returning();
  return toLink(row);
}

function isOpen(purpose: LinkPurpose) {
  return and(eq(invitations.purpose, purpose), isNull(invitations.usedAt), gt(invitations.expiresAt, now()));
}

function toLink(row: typeof invitations.$inferSelect | undefined): Link {
  if (!row) throw new NotFound('This link has been used or is too old. Ask for a new one.');
  const { id, email, workspaceId, userId, expiresAt } = row;
  return {
    id,
    email,
    workspaceId,
    userId,
    expiresAt,
    purpose: row.purpose as LinkPurpose,
    role: row.role as Role | null,
  };
}
