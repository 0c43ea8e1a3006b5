import { sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Config } from '../../base/config.ts';
import { type Workspace, withWorkspace } from '../../db/doors.ts';
import { checkLease, type Lease } from '../../db/leases.ts';
import type { Database, Db } from '../../db/pool.ts';
import { matchAddress } from '../identify/normalise.ts';
import { refreshAddresses } from './addresses.ts';
import { type Campaign, getCampaign } from './campaigns.ts';
import {
  type Claimed,
  claimDeliveries,
  type Due,
  selectDue,
  selectNames,
  skipIneligible,
} from './claim.sql.ts';
import type { Eligibility } from './eligibility.sql.ts';
import { type Joined, moveDeliveries, selectJoined } from './following.sql.ts';
import { SMTP_CONNECTIONS } from './mailer.ts';
import { type PersonRow, selectPeople } from './render/context.sql.ts';
import { toEligibility } from './start.ts';

/** Some deliveries of one campaign that are ours to send now, with what is needed to write them. */
export type Batch = {
  workspace: Workspace;
  campaign: Campaign;
  claimed: (Claimed & { person: PersonRow; identifier: { kind: string; value: string } | null })[];
  skipped: number;
};

/**
 * Claims the next few deliveries in a transaction of its own: who was joined is followed, addresses are those of
 * this moment, and eligibility is part of the claiming statement. Null when nothing is due.
 */
export async function claimBatch(
  database: Database,
  wish: { workspaceId: string; lease: Lease; config: Pick<Config, 'mailFrom'> },
): Promise<Batch | null> {
  const { workspaceId } = wish;
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    await checkLease(db, wish.lease);
    const due = await selectDue(db, workspaceId, { at: now(), limit: SMTP_CONNECTIONS });
    if (due.length === 0) return null;
    const profileIds = await followMerges(db, workspaceId, due);
    const campaign = await getCampaign(db, workspaceId, due[0]!.campaign_id);
    await refreshAddresses(db, workspaceId, sql`select unnest(${sql.param(profileIds)}::uuid[])`);
    const eligibility = { ...toEligibility(campaign, workspace, wish.config), controlPercent: 0 };
    const claimed = await claimDeliveries(db, eligibility, { profileIds, at: now() });
    const skipped = await skipRest(db, eligibility, profileIds, claimed);
    return { workspace, campaign, claimed: await addPeople(db, workspaceId, claimed), skipped };
  });
}

/** Deliveries of joined profiles go where those went; returns the profiles that stand for the due ones now. */
async function followMerges(db: Db, workspaceId: string, due: Due[]): Promise<string[]> {
  const profileIds = due.map((row) => row.profile_id);
  const joined = await selectJoined(db, workspaceId, profileIds);
  if (joined.length === 0) return profileIds;
  await moveDeliveries(db, workspaceId, joined);
  return [...new Set(profileIds.map((id) => ownerOf(joined, id)))];
}

function ownerOf(joined: Joined[], profileId: string): string {
  return joined.find((pair) => pair.from === profileId)?.to ?? profileId;
}

async function skipRest(
  db: Db,
  wish: Eligibility,
  profileIds: string[],
  claimed: Claimed[],
): Promise<number> {
  const taken = new Set(claimed.map((row) => row.profileId));
  const rest = profileIds.filter((id) => !taken.has(id));
  return rest.length === 0 ? 0 : (await skipIneligible(db, wish, rest)).length;
}

async function addPeople(db: Db, workspaceId: string, claimed: Claimed[]): Promise<Batch['claimed']> {
  if (claimed.length === 0) return [];
  const ids = claimed.map((row) => row.profileId);
  const people = new Map((await selectPeople(db, workspaceId, ids)).map((row) => [row.profile_id, row]));
  const forms = claimed.map((row) => ({ profileId: row.profileId, matchForm: matchAddress(row.address) }));
  const names = new Map((await selectNames(db, workspaceId, forms)).map((row) => [row.profile_id, row]));
  return claimed.map((row) => {
    const name = names.get(row.profileId);
    const unknown = { profile_id: row.profileId, traits: {}, name: null, email: row.address, facts: null };
    return {
      ...row,
      person: people.get(row.profileId) ?? unknown,
      identifier: name ? { kind: name.kind, value: name.value } : null,
    };
  });
}
