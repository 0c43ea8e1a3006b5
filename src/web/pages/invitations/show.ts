import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { noteSignIn, writeAudit } from '../../../staff/audit.ts';
import { acceptInvitation, getInvitation } from '../../../staff/invitations.ts';
import { nameField } from '../../../staff/users.ts';
import type { ViewAnswer } from '../../answers.ts';
import { type EntryContext, entryPage, type Rejected } from '../../page.ts';

const params = z.strictObject({ token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** Opening the link changes nothing: programs that look into mails open it too. */
export const showInvitation = entryPage({
  params,
  handle: (request) => invitationForm(request, request.params.token),
});

export const acceptInvitationPage = entryPage({
  params,
  body: z.strictObject({ name: nameField.default('Colleague'), password: z.string() }),
  handle: async (request) => {
    const { address, pipeline } = request;
    const invited = await acceptInvitation(pipeline, {
      ...request.body,
      token: request.params.token,
      address,
    });
    await withWorkspace(request.web, invited.workspaceId, ({ db }) =>
      writeAudit(db, { ...invited, action: 'colleague.joined', details: { role: invited.role }, address }),
    );
    await noteSignIn(pipeline, { ...invited, address });
    await request.session.signIn(invited.userId, invited.workspaceId);
    return { redirect: '/', flash: 'Welcome. You can read this workspace from here on.' };
  },
  invalid: (request) => invitationForm(request, request.params.token, request),
});

async function invitationForm(
  request: Pick<EntryContext, 'pipeline' | 'web'>,
  token: string,
  rejected: Partial<Rejected> = {},
): Promise<ViewAnswer> {
  const { email, role, workspaceId, hasAccount } = await getInvitation(request.pipeline, token);
  const business = await withWorkspace(
    request.web,
    workspaceId ?? '',
    async ({ workspace }) => workspace.name,
  );
  return {
    view: 'invitations/show',
    title: `Join ${business}`,
    model: { token, email, role, business, hasAccount, values: rejected.values ?? {} },
    errors: rejected.errors ?? {},
  };
}
