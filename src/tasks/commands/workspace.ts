import { z } from 'zod';
import { withPlatform } from '../../db/doors.ts';
import { writeAudit } from '../../staff/audit.ts';
import { createWorkspace, workspaceFields } from '../../staff/workspaces.ts';
import { command } from '../command.ts';

const { name, timezone, currency, kind } = workspaceFields.shape;

export const commands = [
  command({
    name: 'workspace create',
    about: 'opens a business; --kind shop, saas or both',
    options: z.object({ name, timezone, currency, kind: kind.default('both') }),
    run: async ({ database }, fields) => {
      const { id } = await createWorkspace(database, fields);
      const entry = {
        workspaceId: id,
        userId: null,
        action: 'workspace.created',
        subject: id,
        details: { by: 'command' },
      };
      await withPlatform(database, async (db) => await writeAudit(db, entry));
      return { workspace: id };
    },
  }),
];
