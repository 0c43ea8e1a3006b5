import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  serverToken: z.string().trim().min(1, 'Give the server API token.').meta({
    title: 'Server API token',
    help: 'In Postmark: the server, API Tokens.',
    secret: true,
  }),
  messageStream: z
    .string()
    .trim()
    .regex(/^[a-z0-9-]+$/, 'It is the ID of a message stream, like outbound or broadcast.')
    .optional()
    .meta({
      title: 'Message stream',
      help: 'Which stream is read. Empty is the one for transactional mails; webhooks bring those you add them to.',
      placeholder: 'outbound',
    }),
  webhookPassword: z.string().min(8, 'Take at least eight characters.').optional().meta({
    title: 'Webhook password',
    fold: BY_WEBHOOK,
    help: 'Postmark signs nothing: under Basic auth credentials of the webhook give any user name and this password.',
    secret: true,
  }),
  previousWebhookPassword: z.string().min(8, 'Take at least eight characters.').optional().meta({
    title: 'Previous webhook password',
    fold: BY_WEBHOOK,
    help: 'While you change the password: the one before, so that nothing is refused in between.',
    secret: true,
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'Give an address beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://api.postmarkapp.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type PostmarkSettings = z.infer<typeof settings>;
