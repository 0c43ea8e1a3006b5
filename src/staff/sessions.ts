import { and, eq, ne, sql } from 'drizzle-orm';
import { z } from 'zod';
import { sha256 } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database, Db } from '../db/pool.ts';
import { sessions } from '../db/schema/staff.ts';

/** A place where somebody is signed in. `ref` names it; the session's own id would open it. */
export type SessionRow = {
  ref: string;
  startedAt: Date | null;
  address: string;
  agent: string;
  isThis: boolean;
};

const stored = z.object({
  startedAt: z.iso.datetime().optional(),
  address: z.string().default(''),
  agent: z.string().default(''),
});
const ofUser = (userId: string) => sql`${sessions.sess} #>> '{passport,user,id}' = ${userId}`;

export async function listSessions(
  database: Database,
  userId: string,
  currentSid: string,
): Promise<SessionRow[]> {
  const rows = await withPlatform(database, (db) => db.select().from(sessions).where(ofUser(userId)));
  return rows
    .map(({ sid, sess }) => {
      const { startedAt, address, agent } = stored.parse(sess);
      const began = startedAt ? parseInstant(startedAt) : null;
      return { ref: refOf(sid), startedAt: began, address, agent, isThis: sid === currentSid };
    })
    .sort((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0));
}

/** Ends all sessions of a person, but for the one given. */
export async function endSessions(db: Db, userId: string, exceptSid = ''): Promise<void> {
  await db.delete(sessions).where(and(ofUser(userId), ne(sessions.sid, exceptSid)));
}

/** The same for a page, which has no door to sessions of its own. */
export async function endSessionsOf(database: Database, userId: string, exceptSid: string): Promise<void> {
  await withPlatform(database, (db) => endSessions(db, userId, exceptSid));
}

/** Ends one, of that person only. */
export async function endSession(database: Database, userId: string, ref: string): Promise<void> {
  await withPlatform(database, async (db) => {
    const rows = await db.select({ sid: sessions.sid }).from(sessions).where(ofUser(userId));
    const sid = rows.find((row) => refOf(row.sid) === ref)?.sid;
    if (sid) await db.delete(sessions).where(eq(sessions.sid, sid));
  });
}

function refOf(sid: string): string {
  return sha256(sid).slice(0, 24);
}

function parseInstant(text: string): Date {
  return z.coerce.date().parse(text);
}
