import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { selectDeliveries } from '../../../flow/send/deliveries.sql.ts';
import { deliveryRow, deliveryStatus, reasonWords } from '../../models/messages.ts';
import { page } from '../../page.ts';
import { crumbsOf, idParams, NIL, readFacts, tabsOf } from './facts.ts';

const PEOPLE = 50;
const STATUSES = ['pending', 'sending', 'sent', 'failed', 'skipped', 'unknown'] as const;
const MARKS = ['opened', 'clicked', 'unsubscribed', 'bounced'] as const;

/** Who a campaign went to and how each message ended: every figure of the report opens here. */
export const listMessagePeople = page({
  params: idParams,
  query: z.strictObject({
    status: z.enum(STATUSES).optional(),
    reason: z.string().max(500).optional(),
    mark: z.enum(MARKS).optional(),
    after: z.guid().optional(),
  }),
  handle: async (request) => {
    const { web, workspace, user, query } = request;
    const { campaign } = await readFacts(request, request.params.id);
    const { after, ...chosen } = query;
    const rows = await withWorkspace(web, workspace.id, async ({ db }) => {
      return await selectDeliveries(
        db,
        workspace.id,
        { campaignId: campaign.id, ...chosen },
        { after: after ?? NIL, limit: PEOPLE + 1 },
      );
    });
    const shown = rows.slice(0, PEOPLE);
    const base = `/messages/${campaign.id}/people`;
    const filters = new URLSearchParams(
      Object.entries(chosen).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const next = new URLSearchParams([...filters, ['after', shown.at(-1)?.profileId ?? '']]);
    return {
      view: 'messages/people',
      title: campaign.name,
      crumbs: crumbsOf(campaign, 'People'),
      model: {
        tabs: tabsOf(request, campaign, 'people'),
        filters: [
          { label: 'Everybody', href: base, isCurrent: filters.size === 0 },
          ...STATUSES.map((status) => ({
            label: deliveryStatus(status).text,
            href: `${base}?status=${status}`,
            isCurrent: chosen.status === status,
          })),
        ],
        narrowed: [chosen.mark, reasonWords(chosen.reason ?? null)].filter(Boolean).join(', '),
        isUnknown: chosen.status === 'unknown',
        rows: shown.map((row) => deliveryRow(row, user.role, workspace.timezone)),
        next: rows.length > PEOPLE ? `${base}?${next}` : null,
        first: after ? `${base}?${filters}` : null,
      },
    };
  },
});
