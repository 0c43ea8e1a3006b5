import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { NotFound } from '../../base/errors.ts';
import { withPlatform, withWorkspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { campaigns } from '../../db/schema/send.ts';
import { createCampaign } from '../../flow/send/campaigns.ts';
import { showCampaign } from '../../flow/send/progress.ts';
import { startCampaign } from '../../flow/send/start.ts';
import { command } from '../command.ts';

const campaign = z.guid('Give the id of a campaign, as `campaign create` printed it.');

export const commands = [
  command({
    name: 'campaign create',
    about: 'writes the draft of a message to a segment',
    options: z.object({
      workspace: z.guid(),
      segment: z.string(),
      topic: z.string(),
      name: z.string(),
      subject: z.string(),
      html: z.string(),
      text: z.string().default(''),
      preheader: z.string().default(''),
      fromName: z.string().default(''),
      fromEmail: z.string().default(''),
      controlPercent: z.string().default('0'),
    }),
    run: async ({ database }, { workspace, segment, ...draft }) => {
      const made = await withWorkspace(database, workspace, async ({ db }) => {
        return await createCampaign(db, { workspaceId: workspace }, { ...draft, segmentKey: segment });
      });
      return { campaign: made.id };
    },
  }),
  command({
    name: 'campaign start',
    about: 'writes its audience; `send due` or the running server then sends it',
    options: z.object({ campaign }),
    run: async ({ database, config }, options) => {
      const workspaceId = await findWorkspaceOf(database, options.campaign);
      return await startCampaign(database, { workspaceId, campaignId: options.campaign, config });
    },
  }),
  command({
    name: 'campaign show',
    about: 'says how far it is, and whose end is unknown',
    options: z.object({ campaign }),
    run: async ({ database }, options) => {
      const workspaceId = await findWorkspaceOf(database, options.campaign);
      return await withWorkspace(
        database,
        workspaceId,
        async ({ db }) => await showCampaign(db, workspaceId, options.campaign),
      );
    },
  }),
];

/** A campaign is named without its workspace on the command line, as everybody there may see all of them. */
async function findWorkspaceOf(database: Database, campaignId: string): Promise<string> {
  const [row] = await withPlatform(
    database,
    async (db) =>
      await db
        .select({ workspaceId: campaigns.workspaceId })
        .from(campaigns)
        .where(eq(campaigns.id, campaignId)),
  );
  if (!row) throw new NotFound('There is no such campaign.');
  return row.workspaceId;
}
