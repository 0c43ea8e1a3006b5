import { z } from 'zod';
import { withWorkspace } from '../../db/doors.ts';
import { sendDue } from '../../flow/send/sender.ts';
import { readSendingSettings, saveSendingSettings } from '../../flow/send/settings.ts';
import { command } from '../command.ts';

/** Longer than the lease of a sender that died, so that the command takes over instead of giving up. */
const WAIT_MS = 75_000;

export const commands = [
  command({
    name: 'send due',
    about: 'sends what is due now and waits for it',
    options: z.object({ workspace: z.guid() }),
    run: async ({ database, config }, { workspace }) => {
      return await sendDue(database, { workspaceId: workspace, config, waitMs: WAIT_MS });
    },
  }),
  command({
    name: 'send settings',
    about: 'sets the From address and the postal address that every campaign needs',
    options: z.object({
      workspace: z.guid(),
      fromName: z.string().optional(),
      fromEmail: z.string().optional(),
      postalAddress: z.string().optional(),
      capMessages: z.string().optional(),
      capDays: z.string().optional(),
    }),
    run: async ({ database, config }, { workspace: id, ...given }) => {
      const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return await withWorkspace(database, id, async ({ db, workspace }) => {
        const present = (workspace.settings.sending ?? {}) as Record<string, unknown>;
        if (Object.keys(changes).length > 0)
          return await saveSendingSettings(db, id, { ...present, ...changes });
        return readSendingSettings(workspace, config);
      });
    },
  }),
];
