import { z } from 'zod';
import { Conflict, Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { setSending } from '../../../flow/send/campaigns.ts';
import { startCampaign } from '../../../flow/send/start.ts';
import { audit } from '../../audit.ts';
import { plural } from '../../models/format.ts';
import { type PageContext, page } from '../../page.ts';
import { idParams } from './facts.ts';

const nothing = z.strictObject({});

/** Starting is asked twice: by the button's question, or without scripts by the box that must be ticked. */
export const createStart = page({
  params: idParams,
  body: z.strictObject({ sure: z.literal('yes', 'Tick the box: this cannot be taken back.') }),
  handle: async (request) => {
    const { pipeline, workspace, config, params } = request;
    try {
      const { waterfall } = await startCampaign(pipeline, {
        workspaceId: workspace.id,
        campaignId: params.id,
        config,
      });
      const count = waterfall.at(-1)!.count;
      await audit(request, 'message.started', { subject: params.id, details: { willReceive: count } });
      return {
        redirect: `/messages/${params.id}`,
        flash: `It is going out to ${plural(count, 'person', 'people')}.`,
      };
    } catch (error) {
      if (!(error instanceof Conflict) && !(error instanceof Invalid)) throw error;
      const why =
        error instanceof Invalid ? error.issues.map(({ message }) => message).join(' ') : error.message;
      return { redirect: `/messages/${params.id}/audience`, flash: { text: why, kind: 'danger' } };
    }
  },
  invalid: (request) => ({
    redirect: `/messages/${request.params.id}/audience`,
    flash: { text: Object.values(request.errors)[0] ?? '', kind: 'danger' },
  }),
});

export const createPause = page({
  params: idParams,
  body: nothing,
  handle: async (request) => await change(request, 'paused', 'It is paused.'),
});
export const createResumption = page({
  params: idParams,
  body: nothing,
  handle: async (request) => await change(request, 'sending', 'It goes on.'),
});

async function change(
  request: PageContext & { params: { id: string } },
  status: 'paused' | 'sending',
  flash: string,
) {
  const { web, workspace, params } = request;
  await withWorkspace(
    web,
    workspace.id,
    async ({ db }) => await setSending(db, workspace.id, params.id, status),
  );
  await audit(request, `message.${status}`, { subject: params.id });
  return { redirect: `/messages/${params.id}`, flash };
}
