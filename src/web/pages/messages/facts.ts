import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { type Campaign, getCampaign } from '../../../flow/send/campaigns.ts';
import { type SegmentChoice, selectSegments } from '../../../flow/send/choices.sql.ts';
import { type Progress, readProgress } from '../../../flow/send/progress.ts';
import type { PageContext } from '../../page.ts';

export const idParams = z.strictObject({ id: z.guid() });
export const NIL = '00000000-0000-0000-0000-000000000000';

export type MessageFacts = { campaign: Campaign; progress: Progress; segments: SegmentChoice[] };

/** What every page of one message shows. */
export async function readMessage(db: Db, workspaceId: string, id: string): Promise<MessageFacts> {
  const campaign = await getCampaign(db, workspaceId, id);
  const progress = (await readProgress(db, workspaceId, [id])).get(id)!;
  return { campaign, progress, segments: await selectSegments(db, workspaceId) };
}

export async function readFacts(request: PageContext, id: string): Promise<MessageFacts> {
  const { web, workspace } = request;
  return await withWorkspace(web, workspace.id, async ({ db }) => await readMessage(db, workspace.id, id));
}

/** What a message says to one person is for those who may see their address. */
export function tabsOf(
  request: PageContext,
  campaign: Campaign,
  current: 'message' | 'report' | 'preview' | 'audience' | 'people',
) {
  const base = `/messages/${campaign.id}`;
  const tab = (key: typeof current, label: string, href: string) => ({
    label,
    href,
    isCurrent: key === current,
  });
  const preview = canWrite(request) ? [tab('preview', 'Preview', `${base}/preview`)] : [];
  if (campaign.status === 'draft') {
    return [tab('message', 'Message', base), ...preview, tab('audience', 'Audience', `${base}/audience`)];
  }
  return [
    tab('report', 'Report', base),
    tab('audience', 'Audience', `${base}/audience`),
    tab('people', 'People', `${base}/people`),
    ...preview,
  ];
}

export function crumbsOf(campaign: Campaign, label?: string) {
  const first = { label: 'Messages', href: '/messages' };
  return label
    ? [first, { label: campaign.name, href: `/messages/${campaign.id}` }, { label }]
    : [first, { label: campaign.name }];
}

export function canWrite(request: PageContext): boolean {
  return request.user.role !== 'viewer';
}
