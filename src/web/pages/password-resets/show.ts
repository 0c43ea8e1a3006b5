import { z } from 'zod';
import { getPasswordReset, resetPassword } from '../../../staff/password-resets.ts';
import type { ViewAnswer } from '../../answers.ts';
import { type EntryContext, entryPage, type Rejected } from '../../page.ts';

const params = z.strictObject({ token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

export const showNewPassword = entryPage({
  params,
  handle: (request) => passwordForm(request, request.params.token),
});

/** Sets it and asks to sign in: a link from a mailbox alone does not open what a second factor guards. */
export const createNewPassword = entryPage({
  params,
  body: z.strictObject({ password: z.string() }),
  handle: async (request) => {
    await resetPassword(request.pipeline, { token: request.params.token, password: request.body.password });
    return { redirect: '/login', flash: 'Your password is changed. Sign in with the new one.' };
  },
  invalid: (request) => passwordForm(request, request.params.token, request),
});

async function passwordForm(
  request: Pick<EntryContext, 'pipeline'>,
  token: string,
  rejected: Partial<Rejected> = {},
): Promise<ViewAnswer> {
  const { email } = await getPasswordReset(request.pipeline, token);
  return {
    view: 'password-resets/show',
    title: 'Choose a new password',
    model: { token, email },
    errors: rejected.errors ?? {},
  };
}
