import { z } from 'zod';
import { moment } from '../../base/moments.ts';
import { refreshWorkspace } from '../../flow/segment/refresh.ts';
import { verifyWorkspace } from '../../flow/segment/verify.ts';
import { command } from '../command.ts';
import { carry } from '../pipeline.ts';

/** Another process at the same work is waited for this long. */
const WAIT_MS = 10 * 60_000;

export const commands = [
  command({
    name: 'refresh',
    about: 'Carries what is stored to people and brings the segments up to date.',
    options: z.strictObject({
      workspace: z.uuid(),
      full: z.boolean().default(false),
      asOf: moment.optional(),
    }),
    run: async ({ database }, { workspace, full, asOf }) => {
      await carry(database, workspace, { waitMs: WAIT_MS });
      const wish = { trigger: 'command', full, waitMs: WAIT_MS, ...(asOf ? { asOf } : {}) };
      const { id, ...result } = await refreshWorkspace(database, workspace, wish);
      return { refresh: id, ...result };
    },
  }),
  command({
    name: 'verify',
    about: 'Compares facts and segments with a computation from nothing. Finds nothing, or a fault of ours.',
    options: z.strictObject({ workspace: z.uuid() }),
    run: async ({ database }, { workspace }) => ({ ...(await verifyWorkspace(database, workspace)) }),
  }),
];
