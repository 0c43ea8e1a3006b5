import { now } from '../../base/clock.ts';
import { withWorkspace } from '../../db/doors.ts';
import type { Database, Db } from '../../db/pool.ts';
import { campaigns } from '../../db/schema/send.ts';
import { isCampaign } from './campaigns.ts';
import type { Batch } from './claim.ts';
import type { HandedOver } from './handover.ts';
import { type MessageEvent, storeMessageEvents } from './message-events.ts';
import { insertOutbox, type OutcomeRow, updateOutcomes } from './outcomes.sql.ts';
import { suppressAddresses } from './suppressions.ts';

/** A greylisting server takes a mail after some minutes. */
const LATER_MS = 15 * 60_000;
const DOWN_MS = 60_000;
/** After a day of "later" it has failed. */
const PATIENCE_MS = 24 * 3_600_000;

/** Writes how a batch ended, with the raw events of it, the outbox and the suppressions, in one transaction. */
export async function recordOutcomes(
  database: Database,
  batch: Batch,
  handed: HandedOver[],
  options: { isOutbox: boolean },
): Promise<void> {
  const { workspace, campaign } = batch;
  const scope = { workspaceId: workspace.id, campaignId: campaign.id, at: now() };
  await withWorkspace(database, workspace.id, async ({ db }) => {
    await updateOutcomes(
      db,
      scope,
      handed.map((one) => toRow(batch, one)),
    );
    if (options.isOutbox)
      await insertOutbox(
        db,
        handed.flatMap((one) => toOutboxRow(batch, one)),
      );
    await suppressAddresses(
      db,
      scope,
      handed.filter(isHardBounce).map(({ delivery }) => ({ email: delivery.address, reason: 'hard_bounce' })),
    );
    await storeMessageEvents(
      db,
      workspace.id,
      handed.flatMap((one) => toEvents(batch, one)),
    );
    await noteServer(db, batch, handed);
  });
}

function toRow(batch: Batch, { delivery, mail, outcome }: HandedOver): OutcomeRow {
  const isWaiting = outcome.end === 'later' || outcome.end === 'down';
  const isPatient =
    outcome.end === 'down' || now().getTime() - (batch.campaign.startedAt?.getTime() ?? 0) < PATIENCE_MS;
  return {
    profileId: delivery.profileId,
    status: isWaiting ? (isPatient ? 'pending' : 'failed') : (outcome.end as 'sent' | 'failed' | 'unknown'),
    reason: outcome.end === 'sent' ? null : outcome.reason,
    dueAt: new Date(now().getTime() + (outcome.end === 'down' ? DOWN_MS : LATER_MS)),
    messageId: mail?.messageId ?? '',
    subject: mail?.subject ?? '',
    isBounced: isHardBounce({ delivery, mail, outcome }),
  };
}

function isHardBounce({ outcome }: HandedOver): boolean {
  return outcome.end === 'failed' && outcome.isHardBounce;
}

function toOutboxRow({ workspace, campaign }: Batch, { delivery, mail }: HandedOver) {
  if (!mail) return [];
  const { to, subject, html, text, headers, messageId, from } = mail;
  return [
    {
      workspaceId: workspace.id,
      id: delivery.deliveryId,
      profileId: delivery.profileId,
      campaignId: campaign.id,
      toAddress: to,
      subject,
      html,
      text,
      createdAt: now(),
      headers: { From: `${from.name} <${from.address}>`, 'Message-ID': messageId, ...headers },
    },
  ];
}

/** Whoever has no identifier of ours would end in quarantine: their delivery row says it all. */
function toEvents({ campaign }: Batch, one: HandedOver): MessageEvent[] {
  const { delivery, outcome } = one;
  if (!delivery.identifier) return [];
  const properties = {
    campaign_id: campaign.id,
    campaign: campaign.name,
    topic: campaign.topic,
    delivery_id: delivery.deliveryId,
  };
  const event = { externalId: delivery.deliveryId, identifier: delivery.identifier };
  if (outcome.end === 'sent') return [{ ...event, stream: 'email_sent', properties }];
  if (isHardBounce(one))
    return [{ ...event, stream: 'email_bounced', properties: { ...properties, type: 'hard' } }];
  return [];
}

/** The campaign's page says why nothing goes on, until something does. */
async function noteServer(db: Db, { campaign }: Batch, handed: HandedOver[]): Promise<void> {
  const down = handed.find(({ outcome }) => outcome.end === 'down');
  const reason = down && down.outcome.end === 'down' ? down.outcome.reason : null;
  if (reason === campaign.statusReason) return;
  await db
    .update(campaigns)
    .set({ statusReason: reason })
    .where(isCampaign(campaign.workspaceId, campaign.id));
}
