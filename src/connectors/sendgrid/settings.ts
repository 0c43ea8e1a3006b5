import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

const verificationKey = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9+/=\s]{80,}$/, 'It is a long word of letters and digits, often ending with ==.')
  .optional();

export const settings = z.object({
  apiKey: z
    .string()
    .trim()
    .regex(/^SG\.\S+$/, 'An API key begins with SG. and a dot.')
    .meta({
      title: 'API key',
      help: 'In SendGrid: Settings, API Keys, Create API Key, Restricted Access, with Marketing and Suppressions (read).',
      placeholder: 'SG.…',
      secret: true,
    }),
  verification: verificationKey.meta({
    title: 'Verification key of the webhook',
    fold: BY_WEBHOOK,
    help: 'In SendGrid: Settings, Mail Settings, Event Webhooks; turn on Signature Verification and copy the key. Without it no webhook is taken.',
  }),
  previousVerification: verificationKey.meta({
    title: 'Previous verification key',
    fold: BY_WEBHOOK,
    help: 'While you change the key: the one before, so that nothing is refused in between.',
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'Give an address beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://api.sendgrid.com')
    .meta({
      title: 'API address',
      fold: ADVANCED,
      help: 'For an account in the EU: https://api.eu.sendgrid.com',
    }),
});

export type SendgridSettings = z.infer<typeof settings>;
