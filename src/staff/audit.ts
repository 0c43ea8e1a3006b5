import { and, desc, eq, sql } from 'drizzle-orm';
import { now } from '../base/clock.ts';
import { withPlatform } from '../db/doors.ts';
import { newId } from '../db/ids.ts';
import type { Database, Db } from '../db/pool.ts';
import { auditEntries, users } from '../db/schema/staff.ts';

export type AuditEntry = {
  workspaceId: string | null;
  userId: string | null;
  /** Constant noun and verb: `key.created`, `login.failed`. */
  action: string;
  subject?: string | null;
  /** What changed, never the value of a secret. */
  details?: Record<string, unknown>;
  address?: string | null;
};
export type AuditRow = AuditEntry & { id: string; at: Date; userName: string | null };

/** Notes who did what, from where. Rows are only ever added. */
export async function writeAudit(db: Db, entry: AuditEntry): Promise<void> {
  const { workspaceId, userId, action, subject = null, details = {}, address = null } = entry;
  await db
    .insert(auditEntries)
    .values({ id: newId(), workspaceId, userId, action, subject, details, address, at: now() });
}

/** The newest first; `before` is the id of the last one seen. Ids are in order of time. */
export async function listAudit(
  database: Database,
  { workspaceId, before, limit }: { workspaceId: string; before?: string | undefined; limit: number },
): Promise<AuditRow[]> {
  const older = before
    ? sql`(${auditEntries.at}, ${auditEntries.id}) < (
        select b.at, b.id from ${auditEntries} b where b.workspace_id = ${workspaceId} and b.id = ${before})`
    : undefined;
  const rows = await withPlatform(database, (db) =>
    db
      .select({ entry: auditEntries, userName: users.name })
      .from(auditEntries)
      .leftJoin(users, eq(users.id, auditEntries.userId))
      .where(and(eq(auditEntries.workspaceId, workspaceId), older))
      .orderBy(desc(auditEntries.at), desc(auditEntries.id))
      .limit(limit),
  );
  return rows.map(({ entry, userName }) => ({
    ...entry,
    details: entry.details as Record<string, unknown>,
    userName,
  }));
}

/** Somebody signed in: noted for the person, and in the log of the workspace they came to. */
export async function noteSignIn(
  database: Database,
  { userId, workspaceId, address }: { userId: string; workspaceId: string | null; address: string },
): Promise<void> {
  await withPlatform(database, async (db) => {
    await db.update(users).set({ lastSeenAt: now() }).where(eq(users.id, userId));
    await writeAudit(db, { workspaceId, userId, action: 'login.succeeded', address });
  });
}
