import type { Db } from '../../db/pool.ts';
import { type Campaign, getCampaign } from './campaigns.ts';
import { countDeliveries, type DeliveryCounts, selectDeliveries } from './deliveries.sql.ts';

/** How a campaign stands. Every delivery is in exactly one of the first six. */
export type Progress = {
  pending: number;
  sending: number;
  sent: number;
  failed: number;
  skipped: number;
  unknown: number;
  opened: number;
  clicked: number;
  unsubscribed: number;
  bounced: number;
  skippedBy: { reason: string; count: number }[];
};

const MAX_UNKNOWN = 1_000;
const NIL = '00000000-0000-0000-0000-000000000000';

export async function readProgress(
  db: Db,
  workspaceId: string,
  campaignIds: string[],
): Promise<Map<string, Progress>> {
  const rows = await countDeliveries(db, workspaceId, campaignIds);
  return new Map(campaignIds.map((id) => [id, toProgress(rows.filter((row) => row.campaign_id === id))]));
}

/** For machines: status, counts and the list of those whose end is unknown. */
export async function showCampaign(db: Db, workspaceId: string, id: string) {
  const campaign = await getCampaign(db, workspaceId, id);
  const counts = (await readProgress(db, workspaceId, [id])).get(id)!;
  const unknown = await selectDeliveries(
    db,
    workspaceId,
    { campaignId: id, status: 'unknown' },
    { after: NIL, limit: MAX_UNKNOWN },
  );
  return {
    campaign: toSummary(campaign),
    status: campaign.status,
    reason: campaign.statusReason,
    counts,
    unknown: unknown.map(({ profileId, address, reason, messageId }) => ({
      profile: profileId,
      address,
      reason,
      messageId,
    })),
  };
}

export function toSummary({
  id,
  name,
  segmentKey,
  topic,
  subject,
  status,
  createdAt,
  startedAt,
  finishedAt,
  waterfall,
}: Campaign) {
  return {
    id,
    name,
    segment: segmentKey,
    topic,
    subject,
    status,
    createdAt,
    startedAt,
    finishedAt,
    waterfall,
  };
}

function toProgress(rows: DeliveryCounts[]): Progress {
  const sum = (pick: (row: DeliveryCounts) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const of = (status: string) => sum((row) => (row.status === status ? row.count : 0));
  return {
    pending: of('pending'),
    sending: of('sending'),
    sent: of('sent'),
    failed: of('failed'),
    skipped: of('skipped'),
    unknown: of('unknown'),
    opened: sum((row) => row.opened),
    clicked: sum((row) => row.clicked),
    unsubscribed: sum((row) => row.unsubscribed),
    bounced: sum((row) => row.bounced),
    skippedBy: rows
      .filter((row) => row.status === 'skipped')
      .map((row) => ({ reason: row.reason ?? '', count: row.count }))
      .sort((a, b) => b.count - a.count),
  };
}
