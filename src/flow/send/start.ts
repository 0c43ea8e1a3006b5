import { and, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import type { Config } from '../../base/config.ts';
import { Conflict, Invalid, type Issue } from '../../base/errors.ts';
import { type Workspace, withWorkspace } from '../../db/doors.ts';
import type { Database, Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import { campaigns } from '../../db/schema/send.ts';
import { refreshAddresses } from './addresses.ts';
import { countAudience, insertAudience } from './audience.sql.ts';
import { type Campaign, getCampaign, isCampaign } from './campaigns.ts';
import { type Eligibility, membersOf } from './eligibility.sql.ts';
import { checkSendingAllowed } from './mailer.ts';
import { UNSUBSCRIBE_NAMES } from './render/context.ts';
import { checkTemplates } from './render/renderer.ts';
import { readSendingSettings } from './settings.ts';
import { toWaterfall, type WaterfallStep } from './waterfall.ts';

const DAY_MS = 86_400_000;

type Wish = { workspaceId: string; campaignId: string; config: Config };

/**
 * Starts a campaign: its whole audience is written at once, with the reason beside everyone who gets nothing.
 * Refused while something is missing that every message needs, or while the segment is not fresh.
 */
export async function startCampaign(database: Database, wish: Wish): Promise<{ waterfall: WaterfallStep[] }> {
  const { workspaceId, campaignId } = wish;
  await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const campaign = await getCampaign(db, workspaceId, campaignId);
    await checkReady(db, campaign, workspace, wish.config);
    await refreshAddresses(db, workspaceId, membersOf(workspaceId, campaign.segmentKey));
  });
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => {
    const campaign = await takeDraft(db, workspaceId, campaignId);
    const { asOf } = await checkReady(db, campaign, workspace, wish.config);
    // Once more, for an address that changed since: in this transaction nothing comes between.
    await refreshAddresses(db, workspaceId, membersOf(workspaceId, campaign.segmentKey));
    const eligibility = toEligibility(campaign, workspace, wish.config);
    const counts = await insertAudience(db, eligibility, { segmentKey: campaign.segmentKey, at: now() });
    const waterfall = toWaterfall(counts);
    await db
      .update(campaigns)
      .set({ waterfall, audienceAsOf: asOf })
      .where(isCampaign(workspaceId, campaignId));
    return { waterfall };
  });
}

/** The same counts for a draft: what starting it now would do. */
export async function previewAudience(
  db: Db,
  campaign: Campaign,
  around: { workspace: Workspace; config: Config },
): Promise<WaterfallStep[]> {
  await refreshAddresses(db, campaign.workspaceId, membersOf(campaign.workspaceId, campaign.segmentKey));
  const eligibility = toEligibility(campaign, around.workspace, around.config);
  return toWaterfall(await countAudience(db, eligibility, campaign.segmentKey));
}

/** What a campaign asks of a person at this moment. */
export function toEligibility(
  campaign: Campaign,
  workspace: Workspace,
  config: Pick<Config, 'mailFrom'>,
): Eligibility {
  const { capMessages, capDays } = readSendingSettings(workspace, config);
  return {
    workspaceId: campaign.workspaceId,
    campaignId: campaign.id,
    topic: campaign.topic,
    controlPercent: campaign.controlPercent,
    cap:
      capMessages > 0 ? { messages: capMessages, since: new Date(now().getTime() - capDays * DAY_MS) } : null,
  };
}

/** Everything that stands between a draft and its start, in words; empty is ready. */
export async function findObstacles(
  campaign: Campaign,
  workspace: Workspace,
  config: Config,
): Promise<Issue[]> {
  const settings = readSendingSettings(workspace, config);
  const issues: Issue[] = [];
  if (!(campaign.fromEmail || settings.fromEmail)) {
    issues.push({ path: 'fromEmail', message: 'There is no From address: set it in Settings.' });
  }
  if (settings.postalAddress === '') {
    issues.push({
      path: 'postalAddress',
      message: 'There is no postal address of the business: set it in Settings, or with `send settings`.',
    });
  }
  if (!(await hasUnsubscribeLink(campaign))) {
    issues.push({
      path: 'html',
      message: 'The message has no unsubscribe link: add {{ unsubscribe_url }} as the target of a link.',
    });
  }
  return issues;
}

async function checkReady(
  db: Db,
  campaign: Campaign,
  workspace: Workspace,
  config: Config,
): Promise<{ asOf: Date }> {
  const issues = await findObstacles(campaign, workspace, config);
  if (issues.length > 0) throw new Invalid(issues);
  checkSendingAllowed(config);
  return await checkFresh(db, campaign);
}

/** The stale-data guard: who is in the segment must be known, of its present definition, and lately. */
async function checkFresh(db: Db, campaign: Campaign): Promise<{ asOf: Date }> {
  const [segment] = await db
    .select()
    .from(segments)
    .where(and(eq(segments.workspaceId, campaign.workspaceId), eq(segments.key, campaign.segmentKey)));
  if (!segment || segment.removedAt) throw new Conflict('The segment of this campaign is no longer there.');
  if (segment.status === 'ready' && segment.asOf && segment.computedVersion === segment.version) {
    return { asOf: segment.asOf };
  }
  const why = segment.statusReason ? ` ${segment.statusReason}` : '';
  throw new Conflict(
    `The segment "${segment.name}" is ${segment.status}: nothing is sent to it until a refresh has succeeded.${why}`,
  );
}

/** Only one start can win a draft. */
async function takeDraft(db: Db, workspaceId: string, id: string): Promise<Campaign> {
  const [taken] = await db
    .update(campaigns)
    .set({ status: 'sending', startedAt: now(), updatedAt: now() })
    .where(and(isCampaign(workspaceId, id), eq(campaigns.status, 'draft')))
    .returning();
  if (taken) return taken;
  await getCampaign(db, workspaceId, id);
  throw new Conflict('This campaign has already started.');
}

async function hasUnsubscribeLink(campaign: Campaign): Promise<boolean> {
  const { variables } = await checkTemplates({ subject: '', preheader: '', html: campaign.html, text: '' });
  return UNSUBSCRIBE_NAMES.some((name) => variables.includes(name));
}
