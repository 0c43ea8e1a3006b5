import { z } from 'zod';
import { withPlatform, withWorkspace } from '../../db/doors.ts';
import { writeAudit } from '../../staff/audit.ts';
import { createKey } from '../../staff/keys.ts';
import { command } from '../command.ts';

export const commands = [
  command({
    name: 'key create',
    about:
      'makes a key for machines, shown this once; --kind write (events in) or api (everything a marketer may)',
    options: z.object({
      workspace: z.uuid('must be the id of a workspace'),
      kind: z.enum(['write', 'api'], 'must be write or api'),
      name: z.string().trim().min(1).max(100),
    }),
    run: async ({ database }, { workspace, kind, name }) => {
      await withWorkspace(database, workspace, async () => undefined);
      const { id, secret } = await createKey(database, {
        workspaceId: workspace,
        kind,
        name,
        createdBy: null,
      });
      const entry = {
        workspaceId: workspace,
        userId: null,
        action: 'key.created',
        subject: id,
        details: { kind, name, by: 'command' },
      };
      await withPlatform(database, async (db) => await writeAudit(db, entry));
      return { key: secret };
    },
  }),
];
