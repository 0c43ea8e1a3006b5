import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { selectAudience } from '../../../flow/send/audience.sql.ts';
import { saveAudienceCount } from '../../../flow/send/campaigns.ts';
import { findObstacles, previewAudience, toEligibility } from '../../../flow/send/start.ts';
import { readSteps } from '../../../flow/send/waterfall.ts';
import { formatAgo, maskFor } from '../../models/format.ts';
import { reasonWords, segmentModel, waterfallModel } from '../../models/messages.ts';
import { type PageContext, page } from '../../page.ts';
import { canWrite, crumbsOf, idParams, type MessageFacts, NIL, readFacts, tabsOf } from './facts.ts';

const PEOPLE = 50;

/** From "in the segment" to "will receive it", and what stands in the way of starting. */
export const showAudience = page({
  params: idParams,
  query: z.strictObject({ reason: z.string().max(100).optional(), after: z.guid().optional() }),
  handle: async (request) => {
    const facts = await readFacts(request, request.params.id);
    const { campaign, segments } = facts;
    const isDraft = campaign.status === 'draft';
    const base = `/messages/${campaign.id}`;
    const steps = readSteps(campaign.waterfall);
    const reason = isDraft ? request.query.reason : undefined;
    return {
      view: 'messages/audience',
      title: campaign.name,
      crumbs: crumbsOf(campaign, 'Audience'),
      model: {
        base,
        tabs: tabsOf(request, campaign, 'audience'),
        isDraft,
        canWrite: canWrite(request),
        segment: segmentModel(
          segments.find(({ key }) => key === campaign.segmentKey),
          campaign.segmentKey,
        ),
        asOf: campaign.audienceAsOf ? formatAgo(campaign.audienceAsOf) : null,
        steps: waterfallModel(steps, isDraft ? `${base}/audience?` : `${base}/people?status=skipped&`),
        willReceive: steps.at(-1)?.count ?? null,
        obstacles: isDraft
          ? (await findObstacles(campaign, request.workspace, request.config)).map(({ message }) => message)
          : [],
        hasMail: request.config.smtpUrl !== null,
        people: reason === undefined ? null : await listPeople(request, facts, reason),
      },
    };
  },
});

/** Counting reads the whole segment, so it is asked for and kept. */
export const createCount = page({
  params: idParams,
  body: z.strictObject({}),
  handle: async (request) => {
    const { campaign, segments } = await readFacts(request, request.params.id);
    const { pipeline, workspace, config } = request;
    await withWorkspace(pipeline, workspace.id, async (scope) => {
      const waterfall = await previewAudience(scope.db, campaign, { workspace: scope.workspace, config });
      const asOf = segments.find(({ key }) => key === campaign.segmentKey)?.asOf ?? null;
      await saveAudienceCount(scope.db, {
        workspaceId: workspace.id,
        campaignId: campaign.id,
        waterfall,
        asOf,
      });
    });
    return { redirect: `/messages/${campaign.id}/audience` };
  },
});

async function listPeople(
  request: PageContext & { query: { after?: string | undefined } },
  { campaign }: MessageFacts,
  reason: string,
) {
  const { web, workspace, config, user } = request;
  const eligibility = toEligibility(campaign, workspace, config);
  const page = {
    segmentKey: campaign.segmentKey,
    reason: reason === 'none' ? null : reason,
    after: request.query.after ?? NIL,
    limit: PEOPLE + 1,
  };
  const rows = await withWorkspace(
    web,
    workspace.id,
    async ({ db }) => await selectAudience(db, eligibility, page),
  );
  const shown = rows.slice(0, PEOPLE);
  const more = `/messages/${campaign.id}/audience?reason=${encodeURIComponent(reason)}&after=${shown.at(-1)?.profile_id}#people`;
  return {
    title: reason === 'none' ? 'Will receive it' : reasonWords(reason),
    rows: shown.map((row) => ({
      href: `/people/${row.profile_id}`,
      name: row.name ?? maskFor(user.role, row.email),
      address: maskFor(user.role, row.email),
    })),
    next: rows.length > PEOPLE ? more : null,
  };
}
