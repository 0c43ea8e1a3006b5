import { z } from 'zod';
import {
  changeRole,
  closeAccount,
  getColleague,
  listColleagues,
  removeColleague,
} from '../../../staff/colleagues.ts';
import { inviteColleague, listInvitations, withdrawInvitation } from '../../../staff/invitations.ts';
import { makePasswordReset } from '../../../staff/password-resets.ts';
import { ROLES } from '../../../staff/roles.ts';
import { emailField } from '../../../staff/users.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { colleagueModel, invitationModel, ROLE_OPTIONS, settingsTabs } from '../../models/settings.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';

const params = z.strictObject({ id: z.uuid() });
const noFields = z.strictObject({});
const role = z.enum(ROLES, 'Choose a role.');
const LIST = '/settings/colleagues';

export const showColleagues = page({ handle: (request) => colleagueList(request, {}) });

/** Shows the link once: whoever has it may come in, so it is not kept. */
export const createInvitation = page({
  body: z.strictObject({ email: emailField, role }),
  handle: async (request) => {
    const { email, role } = request.body;
    const wish = { workspaceId: request.workspace.id, email, role, createdBy: request.user.id };
    const { token } = await inviteColleague(request.pipeline, wish);
    await audit(request, 'colleague.invited', { details: { email, role } });
    const link = {
      about: `Send this link to ${email}. It works once, for half an hour.`,
      url: `${request.config.baseUrl}/invitations/${token}`,
    };
    return { ...(await colleagueList(request, { link })), status: 201 };
  },
  invalid: (request) => colleagueList(request, request),
});

export const deleteInvitation = page({
  params,
  body: noFields,
  handle: async (request) => {
    const { email } = await withdrawInvitation(request.pipeline, request.workspace.id, request.params.id);
    await audit(request, 'invitation.withdrawn', { details: { email } });
    return { redirect: LIST, flash: 'The invitation opens nothing any more.' };
  },
});

export const updateRole = page({
  params,
  body: z.strictObject({ role }),
  handle: async (request) => {
    const { name } = await getColleague(request.pipeline, request.workspace.id, request.params.id);
    await changeRole(request.pipeline, { ...who(request), role: request.body.role });
    await audit(request, 'colleague.role_changed', { subject: name, details: request.body });
    return { redirect: LIST, flash: `${name} is ${request.body.role} now, and signs in again.` };
  },
});

export const deleteColleague = page({
  params,
  body: noFields,
  handle: async (request) => {
    const { name } = await getColleague(request.pipeline, request.workspace.id, request.params.id);
    await removeColleague(request.pipeline, who(request));
    await audit(request, 'colleague.removed', { subject: name });
    return { redirect: LIST, flash: `${name} is no colleague here any more.` };
  },
});

export const closeColleague = page({
  params,
  body: z.strictObject({ state: z.enum(['closed', 'open']) }),
  handle: async (request) => {
    const isDisabled = request.body.state === 'closed';
    const { name } = await getColleague(request.pipeline, request.workspace.id, request.params.id);
    await closeAccount(request.pipeline, { ...who(request), isDisabled });
    await audit(request, isDisabled ? 'colleague.closed' : 'colleague.opened', { subject: name });
    return { redirect: LIST, flash: `The account of ${name} is ${request.body.state} now.` };
  },
});

export const createPasswordLink = page({
  params,
  body: noFields,
  handle: async (request) => {
    const { name } = await getColleague(request.pipeline, request.workspace.id, request.params.id);
    const { token } = await makePasswordReset(request.pipeline, {
      ...who(request),
      createdBy: request.user.id,
    });
    await audit(request, 'password.link_made', { subject: name });
    const link = {
      about: `Send this link to ${name}. It sets a new password once, within half an hour.`,
      url: `${request.config.baseUrl}/password-resets/${token}`,
    };
    return { ...(await colleagueList(request, { link })), status: 201 };
  },
});

function who(request: PageContext & { params: { id: string } }) {
  return { workspaceId: request.workspace.id, userId: request.params.id };
}

type Shown = Partial<Rejected> & { link?: { about: string; url: string } };

async function colleagueList(request: PageContext, shown: Shown): Promise<ViewAnswer> {
  const { workspace, user, pipeline } = request;
  const [colleagues, invitations] = await Promise.all([
    listColleagues(pipeline, workspace.id),
    listInvitations(pipeline, workspace.id),
  ]);
  const model = {
    tabs: settingsTabs(LIST),
    colleagues: colleagues.map((each) => colleagueModel(each, user.id)),
    invitations: invitations.map(invitationModel),
    roles: ROLE_OPTIONS,
    link: shown.link ?? null,
    values: { email: '', role: 'marketer', ...shown.values },
  };
  return { view: 'settings/colleagues', title: 'Settings', model, errors: shown.errors ?? {} };
}
