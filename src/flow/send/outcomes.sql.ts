import { sql } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { campaigns, deliveries, outbox } from '../../db/schema/send.ts';

export type OutcomeRow = {
  profileId: string;
  status: 'sent' | 'failed' | 'unknown' | 'pending';
  reason: string | null;
  dueAt: Date;
  messageId: string;
  subject: string;
  isBounced: boolean;
};

/**
 * Writes how some claimed deliveries of a campaign ended. May run twice. Also where another process gave them up
 * as unknown in the meantime: what we heard ourselves is truer. Served by the primary key.
 */
export async function updateOutcomes(
  db: Db,
  scope: { workspaceId: string; campaignId: string; at: Date },
  rows: OutcomeRow[],
): Promise<void> {
  const at = sql`${scope.at.toISOString()}::timestamptz`;
  await db.execute(sql`
    update ${deliveries} d
       set status = g.status, reason = g.reason, due_at = g.due_at, message_id = g.message_id, subject = g.subject,
           sent_at = case when g.status = 'sent' then ${at} end,
           bounced_at = case when g.is_bounced then ${at} end
      from unnest(${sql.param(rows.map((row) => row.profileId))}::uuid[], ${sql.param(rows.map((row) => row.status))}::text[],
                  ${sql.param(rows.map((row) => row.reason))}::text[],
                  ${sql.param(rows.map((row) => row.dueAt.toISOString()))}::timestamptz[],
                  ${sql.param(rows.map((row) => row.messageId))}::text[], ${sql.param(rows.map((row) => row.subject))}::text[],
                  ${sql.param(rows.map((row) => row.isBounced))}::boolean[])
           as g (profile_id, status, reason, due_at, message_id, subject, is_bounced)
     where d.workspace_id = ${scope.workspaceId} and d.campaign_id = ${scope.campaignId}
       and d.profile_id = g.profile_id and d.profile_id = any(${sql.param(rows.map((row) => row.profileId))}::uuid[])
       and d.status in ('sending', 'unknown')`);
}

/** Campaigns of which nothing waits or is in flight are sent. May run twice. Served by deliveries_campaign. */
export async function finishCampaigns(db: Db, workspaceId: string, at: Date): Promise<void> {
  await db.execute(sql`
    with open as materialized (
      select distinct d.campaign_id from ${deliveries} d
       where d.workspace_id = ${workspaceId} and d.status in ('pending', 'sending')
         and d.campaign_id in (select c.id from ${campaigns} c where c.workspace_id = ${workspaceId} and c.status = 'sending')
    )
    update ${campaigns} set status = 'sent', status_reason = null, finished_at = ${at.toISOString()}::timestamptz
     where workspace_id = ${workspaceId} and status = 'sending' and id not in (select campaign_id from open)`);
}

/** What would have been sent; the id is the delivery's, so that a second writing changes nothing. */
export async function insertOutbox(db: Db, rows: (typeof outbox.$inferInsert)[]): Promise<void> {
  if (rows.length > 0) await db.insert(outbox).values(rows).onConflictDoNothing();
}
