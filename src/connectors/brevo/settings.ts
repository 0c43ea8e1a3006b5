import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  apiKey: z.string().trim().min(1, 'Give the API key.').meta({
    title: 'API key',
    help: 'In Brevo: your name, SMTP & API, API keys, Generate a new API key.',
    placeholder: 'xkeysib-…',
    secret: true,
  }),
  hookToken: z.string().min(8, 'Take at least eight characters.').optional().meta({
    title: 'Webhook token',
    fold: BY_WEBHOOK,
    help: 'Brevo signs nothing: give the webhook this token under Authentication, Token. Without it no webhook is taken.',
    secret: true,
  }),
  previousHookToken: z.string().min(8, 'Take at least eight characters.').optional().meta({
    title: 'Previous webhook token',
    fold: BY_WEBHOOK,
    help: 'While you change the token: the one before, so that nothing is refused in between.',
    secret: true,
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'Give an address beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://api.brevo.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type BrevoSettings = z.infer<typeof settings>;
