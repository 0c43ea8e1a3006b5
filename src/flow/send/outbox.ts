import { and, desc, eq, lt } from 'drizzle-orm';
import { NotFound } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { outbox } from '../../db/schema/send.ts';

export type OutboxRow = typeof outbox.$inferSelect;

/** What would have been sent, the newest first, before a moment. */
export async function listOutbox(db: Db, workspaceId: string, page: { before: Date | null; limit: number }) {
  const { id, toAddress, subject, createdAt, campaignId, profileId } = outbox;
  return await db
    .select({ id, toAddress, subject, createdAt, campaignId, profileId })
    .from(outbox)
    .where(and(eq(outbox.workspaceId, workspaceId), page.before ? lt(createdAt, page.before) : undefined))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit);
}

export async function getOutboxMail(db: Db, workspaceId: string, id: string): Promise<OutboxRow> {
  const [row] = await db
    .select()
    .from(outbox)
    .where(and(eq(outbox.workspaceId, workspaceId), eq(outbox.id, id)));
  if (!row) throw new NotFound('There is no such message.');
  return row;
}
