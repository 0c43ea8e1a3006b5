import { and, eq } from 'drizzle-orm';
import type { Db } from '../../db/pool.ts';
import { profileTraits } from '../../db/schema/profile.ts';
import { campaigns, deliveries } from '../../db/schema/send.ts';
import { matchAddress } from '../identify/normalise.ts';
import { findProfileId } from '../identify/profiles.ts';
import { addressKey } from './address-key.ts';
import { selectProfilesOfAddress } from './addresses.sql.ts';
import { isCampaign } from './campaigns.ts';
import { selectNames } from './claim.sql.ts';
import type { LinkOwner } from './links.ts';

/** Whoever got a message, as they are known now: also after they were joined with somebody. */
export type Recipient = LinkOwner & {
  /** The topic of the campaign; null when it is no longer there: then every message is meant. */
  topic: string | null;
  campaign: string;
  /** Where the message went. */
  address: string | null;
  /** Everyone who reads that mailbox, this person first. */
  profileIds: string[];
  identifier: { kind: string; value: string } | null;
};

/** Null when nobody of that id is left. */
export async function findRecipient(db: Db, owner: LinkOwner): Promise<Recipient | null> {
  const { workspaceId } = owner;
  const profileId = await findProfileId(db, workspaceId, owner.profileId);
  if (!profileId) return null;
  const [campaign] = await db.select().from(campaigns).where(isCampaign(workspaceId, owner.campaignId));
  const address = await findAddress(db, owner, profileId);
  const key = address ? addressKey(workspaceId, address) : null;
  const others = key ? await selectProfilesOfAddress(db, workspaceId, key) : [];
  const names = await selectNames(db, workspaceId, [
    { profileId, matchForm: address ? matchAddress(address) : null },
  ]);
  return {
    ...owner,
    profileId,
    topic: campaign?.topic ?? null,
    campaign: campaign?.name ?? '',
    address,
    profileIds: [...new Set([profileId, ...others])],
    identifier: names[0] ? { kind: names[0].kind, value: names[0].value } : null,
  };
}

async function findAddress(db: Db, owner: LinkOwner, profileId: string): Promise<string | null> {
  const [delivery] = await db
    .select({ address: deliveries.address })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, owner.workspaceId), eq(deliveries.id, owner.deliveryId)));
  if (delivery?.address) return delivery.address;
  const [traits] = await db
    .select({ email: profileTraits.email })
    .from(profileTraits)
    .where(and(eq(profileTraits.workspaceId, owner.workspaceId), eq(profileTraits.profileId, profileId)));
  return traits?.email ?? null;
}
