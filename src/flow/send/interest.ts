import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { noteDelivery } from './deliveries.sql.ts';
import type { LinkOwner } from './links.ts';
import { storeMessageEvents } from './message-events.ts';
import { findRecipient } from './recipients.ts';

/** Somebody opened a message: once an hour is kept, since programs load the picture again and again. */
export async function recordOpen(db: Db, owner: LinkOwner): Promise<void> {
  await noteDelivery(db, owner, { column: 'opened_at', at: now() });
  await tell(db, owner, 'email_opened', {}, now().toISOString().slice(0, 13));
}

/** Somebody followed a link of a message. */
export async function recordClick(db: Db, owner: LinkOwner, url: string): Promise<void> {
  await noteDelivery(db, owner, { column: 'clicked_at', at: now() });
  await tell(db, owner, 'email_clicked', { url }, `${now().toISOString().slice(0, 16)}/${url}`);
}

async function tell(
  db: Db,
  owner: LinkOwner,
  stream: 'email_opened' | 'email_clicked',
  properties: Record<string, unknown>,
  occasion: string,
): Promise<void> {
  const recipient = await findRecipient(db, owner);
  if (!recipient?.identifier) return;
  await storeMessageEvents(db, owner.workspaceId, [
    {
      stream,
      externalId: `${owner.deliveryId}/${occasion}`,
      identifier: recipient.identifier,
      properties: {
        ...properties,
        campaign_id: owner.campaignId,
        campaign: recipient.campaign,
        topic: recipient.topic,
      },
    },
  ]);
}
