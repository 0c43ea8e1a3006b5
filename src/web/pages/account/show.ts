import { z } from 'zod';
import { Invalid } from '../../../base/errors.ts';
import { checkCredentials } from '../../../staff/credentials.ts';
import { endSession, endSessionsOf, listSessions } from '../../../staff/sessions.ts';
import { getUser, nameField, renameUser, setPassword } from '../../../staff/users.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { sessionModel } from '../../models/settings.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';

export const showAccount = page({ handle: (request) => accountPage(request, {}) });

export const changeName = page({
  body: z.strictObject({ name: nameField }),
  handle: async (request) => {
    await renameUser(request.pipeline, request.user.id, request.body.name);
    return { redirect: '/account', flash: 'Saved.' };
  },
  invalid: (request) => accountPage(request, request),
});

/** The one in use must be typed: a screen left open must not be enough. All other sessions end. */
export const changePassword = page({
  body: z.strictObject({ currentPassword: z.string(), password: z.string() }),
  handle: async (request) => {
    await confirmPassword(request, request.body.currentPassword);
    await setPassword(request.pipeline, request.user.id, request.body.password);
    await audit(request, 'password.changed');
    await request.session.signIn(request.user.id, request.workspace.id);
    return {
      redirect: '/account',
      flash: 'Your password is changed. You have been signed out everywhere else.',
    };
  },
  invalid: (request) => accountPage(request, request),
});

export const endOneSession = page({
  params: z.strictObject({ ref: z.string().regex(/^[0-9a-f]{24}$/) }),
  body: z.strictObject({}),
  handle: async (request) => {
    await endSession(request.pipeline, request.user.id, request.params.ref);
    return { redirect: '/account', flash: 'Signed out there.' };
  },
});

export const endOtherSessions = page({
  body: z.strictObject({}),
  handle: async (request) => {
    await endSessionsOf(request.pipeline, request.user.id, request.sessionId);
    return { redirect: '/account', flash: 'Signed out everywhere else.' };
  },
});

/** Asked again before what protects the account changes; counted like a sign-in. */
export async function confirmPassword(request: PageContext, password: string): Promise<void> {
  const { email } = request.user;
  const id = await checkCredentials(request.pipeline, { email, password, address: request.address });
  if (id !== request.user.id)
    throw new Invalid([{ path: 'currentPassword', message: 'This is not your password.' }]);
}

async function accountPage(request: PageContext, rejected: Partial<Rejected>): Promise<ViewAnswer> {
  const { user, workspace, pipeline } = request;
  const sessions = await listSessions(pipeline, user.id, request.sessionId);
  const { hasTotp } = await getUser(pipeline, user.id);
  const model = {
    hasTotp,
    email: user.email,
    values: { name: user.name, ...rejected.values },
    sessions: sessions.map((session) => sessionModel(session, workspace.timezone)),
  };
  return { view: 'account/index', title: 'Your account', model, errors: rejected.errors ?? {} };
}
