import { z } from 'zod';
import { offerPasswordReset } from '../../../staff/password-resets.ts';
import type { ViewAnswer } from '../../answers.ts';
import { entryPage } from '../../page.ts';
import { sendResetLink } from '../../reset-mail.ts';

export const showPasswordReset = entryPage({
  handle: ({ config }) => resetForm({ isSent: false, hasMail: config.smtpUrl !== null }),
});

/** The same answer whether the address has an account or not, and before any mail is sent. */
export const askPasswordReset = entryPage({
  body: z.strictObject({ email: z.string().trim().max(254) }),
  handle: async ({ body, pipeline, config }) => {
    if (config.smtpUrl) sendResetLink(config, () => offerPasswordReset(pipeline, body.email));
    return resetForm({ isSent: true, hasMail: config.smtpUrl !== null });
  },
});

function resetForm(model: { isSent: boolean; hasMail: boolean }): ViewAnswer {
  return { view: 'password-resets/ask', title: 'Forgot your password?', model };
}
