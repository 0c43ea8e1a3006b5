import { z } from 'zod';
import { withPlatform, withWorkspace } from '../../db/doors.ts';
import { writeAudit } from '../../staff/audit.ts';
import { createUser, emailField, nameField } from '../../staff/users.ts';
import { command } from '../command.ts';

export const commands = [
  command({
    name: 'user create',
    about: 'makes an account that may enter a workspace; --password - reads it from standard input',
    options: z.object({
      workspace: z.uuid('must be the id of a workspace'),
      email: emailField,
      role: z.enum(['viewer', 'marketer', 'admin'], 'must be viewer, marketer or admin'),
      password: z.string(),
      name: nameField.optional(),
    }),
    run: async ({ database }, { workspace, email, role, password, name = email.split('@')[0]! }) => {
      await withWorkspace(database, workspace, async () => undefined);
      const { id } = await createUser(database, { workspaceId: workspace, email, name, role, password });
      const entry = {
        workspaceId: workspace,
        userId: null,
        action: 'colleague.created',
        subject: id,
        details: { role, by: 'command' },
      };
      await withPlatform(database, async (db) => await writeAudit(db, entry));
      return { user: id };
    },
  }),
];
