import { z } from 'zod';
import { noteSignIn } from '../../../staff/audit.ts';
import { createUser, emailField, hashNewPassword, nameField } from '../../../staff/users.ts';
import { createWorkspace, workspaceFields } from '../../../staff/workspaces.ts';
import { entryPage } from '../../page.ts';
import { checkCode, setupForm } from './show.ts';

const { name: business, timezone, currency, kind } = workspaceFields.shape;
const body = z.strictObject({
  code: z.string().max(200),
  name: nameField,
  email: emailField,
  password: z.string(),
  business,
  timezone,
  currency,
  kind,
});

/** Makes the first account and its workspace, and goes in. */
export const createSetup = entryPage({
  body,
  handle: async (request) => {
    const { code, name, email, password, ...workspace } = request.body;
    await checkCode(request, code);
    // Before the workspace is made: a weak password must not leave half of it behind.
    await hashNewPassword({ name, email, password });
    const { id: workspaceId } = await createWorkspace(request.pipeline, {
      name: workspace.business,
      timezone: workspace.timezone,
      currency: workspace.currency,
      kind: workspace.kind,
    });
    const { id: userId } = await createUser(request.pipeline, {
      name,
      email,
      password,
      workspaceId,
      role: 'admin',
    });
    await noteSignIn(request.pipeline, { userId, workspaceId, address: request.address });
    await request.session.signIn(userId, workspaceId);
    return {
      redirect: '/',
      flash: 'Your account is ready. Connect a source, or look around with the demo business.',
    };
  },
  invalid: async (request) => {
    const code = request.values.code ?? '';
    await checkCode(request, code);
    return setupForm(code, request);
  },
});
