import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';
import { webhookMapping } from './mapping.ts';

const secret = z.string().trim().min(12, 'Make it twelve characters or more.');

export const settings = z.object({
  secret: secret.optional().meta({
    title: 'Signing secret',
    help: 'What the sender signs with. Where it follows Standard Webhooks it begins with whsec_. Leave it empty only until the sender has shown it to you: nothing unsigned is taken in.',
    secret: true,
  }),
  previousSecret: secret.optional().meta({
    title: 'Signing secret before',
    fold: ADVANCED,
    help: 'Only while the sender changes its secret: both are accepted.',
    secret: true,
  }),
  signatureHeader: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9-]+$/, 'A header has letters, digits and dashes.')
    .optional()
    .meta({
      title: 'Signature header',
      help: 'Leave empty where the sender follows Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature). Otherwise the header with the HMAC-SHA256 of the body, in hex or base64.',
      placeholder: 'x-signature',
    }),
  mapping: webhookMapping.optional().meta({
    title: 'What the fields mean',
    help: 'Set on the page Fields of the source.',
    hidden: true,
  }),
});

export type WebhookSettings = z.infer<typeof settings>;
