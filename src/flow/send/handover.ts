import type { Config } from '../../base/config.ts';
import { Invalid } from '../../base/errors.ts';
import type { Batch } from './claim.ts';
import { composeMail, type Sending } from './compose.ts';
import type { Mail, Mailer, MailOutcome } from './mailer.ts';
import { readSendingSettings } from './settings.ts';

type Wanted = Batch['claimed'][number];

/** One delivery and how it ended; `mail` is null for one that could not be written. */
export type HandedOver = { delivery: Wanted; mail: Mail | null; outcome: MailOutcome };

/** Writes and sends a batch, all at the same time; each ends by itself. */
export async function handOver(mailer: Mailer, batch: Batch, config: Config): Promise<HandedOver[]> {
  return await Promise.all(
    batch.claimed.map(async (delivery) => {
      const written = await write(delivery, batch, config);
      if (!written.mail) return written;
      return { ...written, outcome: await mailer.send(written.mail) };
    }),
  );
}

/** Without a mail server the message is kept where it can be looked at. */
export async function handToOutbox(batch: Batch, config: Config): Promise<HandedOver[]> {
  return await Promise.all(batch.claimed.map(async (delivery) => await write(delivery, batch, config)));
}

export function toSending(batch: Pick<Batch, 'workspace' | 'campaign'>, config: Config): Sending {
  const { workspace, campaign } = batch;
  return { workspace, campaign, settings: readSendingSettings(workspace, config), baseUrl: config.baseUrl };
}

async function write(delivery: Wanted, batch: Batch, config: Config): Promise<HandedOver> {
  const { workspace, campaign } = batch;
  const owner = {
    workspaceId: workspace.id,
    campaignId: campaign.id,
    profileId: delivery.profileId,
    deliveryId: delivery.deliveryId,
  };
  try {
    const to = { address: delivery.address, owner };
    const { mail } = await composeMail(toSending(batch, config), delivery.person, to);
    return { delivery, mail, outcome: { end: 'sent' } };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { delivery, mail: null, outcome: { end: 'failed', reason: error.message, isHardBounce: false } };
  }
}
