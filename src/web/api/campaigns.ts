import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { withWorkspace } from '../../db/doors.ts';
import { createCampaign, getCampaign } from '../../flow/send/campaigns.ts';
import { type DeliveryRow, selectDeliveries } from '../../flow/send/deliveries.sql.ts';
import { showCampaign } from '../../flow/send/progress.ts';
import { startCampaign } from '../../flow/send/start.ts';
import { endpoint } from '../endpoint.ts';
import { LIMITS } from '../limits.ts';

const params = z.strictObject({ id: z.guid() });
const NIL = '00000000-0000-0000-0000-000000000000';

export const createCampaignEndpoint = endpoint({
  body: z.strictObject({
    segment: z.string(),
    topic: z.string(),
    name: z.string(),
    subject: z.string(),
    html: z.string(),
    text: z.string().optional(),
    preheader: z.string().optional(),
    fromName: z.string().optional(),
    fromEmail: z.string().optional(),
    controlPercent: z.number().optional(),
  }),
  handle: async (request) => {
    const { segment, ...draft } = request.body;
    const made = await withWorkspace(request.web, request.workspaceId, async ({ db }) => {
      return await createCampaign(
        db,
        { workspaceId: request.workspaceId },
        { ...draft, segmentKey: segment },
      );
    }).catch(nameSegment);
    return { status: 201, json: { campaign: made.id } };
  },
});

export const showCampaignEndpoint = endpoint({
  params,
  handle: async (request) => {
    const json = await withWorkspace(request.web, request.workspaceId, async ({ db }) => {
      return await showCampaign(db, request.workspaceId, request.params.id);
    });
    return { json };
  },
});

export const startCampaignEndpoint = endpoint({
  params,
  // Nothing need be said: the path says it.
  takesBytes: true,
  handle: async (request) => {
    const { pipeline, workspaceId, params: given, config } = request;
    return {
      status: 201,
      json: await startCampaign(pipeline, { workspaceId, campaignId: given.id, config }),
    };
  },
});

export const listDeliveriesEndpoint = endpoint({
  params,
  query: z.strictObject({
    status: z.enum(['pending', 'sending', 'sent', 'failed', 'skipped', 'unknown']).optional(),
    after: z.guid().optional(),
    limit: z.coerce.number().int().min(1).max(LIMITS.rowsPerApiPage).default(100),
  }),
  handle: async (request) => {
    const { status, after, limit } = request.query;
    const filter = { campaignId: request.params.id, status };
    const rows = await withWorkspace(request.web, request.workspaceId, async ({ db }) => {
      await getCampaign(db, request.workspaceId, request.params.id);
      return await selectDeliveries(db, request.workspaceId, filter, {
        after: after ?? NIL,
        limit: limit + 1,
      });
    });
    const shown = rows.slice(0, limit);
    return {
      json: { deliveries: shown.map(toJson), next: rows.length > limit ? shown.at(-1)!.profileId : null },
    };
  },
});

/** Here the field is called `segment`. */
function nameSegment(error: unknown): never {
  if (!(error instanceof Invalid)) throw error;
  const issues = error.issues.map((issue) =>
    issue.path === 'segmentKey' ? { ...issue, path: 'segment' } : issue,
  );
  throw new Invalid(issues, { cause: error });
}

function toJson({
  id,
  profileId,
  status,
  reason,
  address,
  sentAt,
  openedAt,
  clickedAt,
  messageId,
}: DeliveryRow) {
  return { id, profile: profileId, status, reason, address, sentAt, openedAt, clickedAt, messageId };
}
