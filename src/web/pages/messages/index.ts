import { withWorkspace } from '../../../db/doors.ts';
import { listCampaigns } from '../../../flow/send/campaigns.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { readProgress } from '../../../flow/send/progress.ts';
import { messageRow } from '../../models/messages.ts';
import { page } from '../../page.ts';
import { canWrite } from './facts.ts';

/** Every campaign, the newest first, with how it was received. */
export const listMessages = page({
  handle: async (request) => {
    const { workspace } = request;
    const rows = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const campaigns = await listCampaigns(db, workspace.id);
      const progress = await readProgress(
        db,
        workspace.id,
        campaigns.map(({ id }) => id),
      );
      const around = { segments: await selectSegments(db, workspace.id), zone: workspace.timezone };
      return campaigns.map((campaign) => messageRow(campaign, progress.get(campaign.id)!, around));
    });
    const write = { label: 'Write a message', href: '/messages/new', isPrimary: true };
    return {
      view: 'messages/index',
      title: 'Messages',
      actions: [{ label: 'Outbox', href: '/messages/outbox' }, ...(canWrite(request) ? [write] : [])],
      model: { rows, hasMail: request.config.smtpUrl !== null, canWrite: canWrite(request) },
    };
  },
});
