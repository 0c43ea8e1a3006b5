import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  secretKey: z
    .string()
    .trim()
    .regex(/^sk_(test|live)_\S+$/, 'It begins with sk_live_ or sk_test_.')
    .meta({
      title: 'Secret key',
      help: 'In the Clerk dashboard: Configure, API keys, Secret keys.',
      secret: true,
    }),
  webhookSecret: z
    .string()
    .trim()
    .regex(/^whsec_/, 'It begins with whsec_.')
    .optional()
    .meta({
      title: 'Signing secret',
      fold: BY_WEBHOOK,
      help: 'Configure, Webhooks: add an endpoint with the address this source shows, for user.created, user.updated and user.deleted. Then copy its signing secret.',
      secret: true,
    }),
  previousWebhookSecret: z
    .string()
    .trim()
    .regex(/^whsec_/, 'It begins with whsec_.')
    .optional()
    .meta({
      title: 'Signing secret before',
      fold: BY_WEBHOOK,
      help: 'Only while you replace the signing secret: both are accepted.',
      secret: true,
    }),
  isUserId: z.boolean().default(true).meta({
    title: 'Its IDs are your user IDs',
    help: 'The external ID where a user has one, else the ID Clerk gave. Switch it off if your site calls people by other IDs.',
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://api.clerk.com/v1')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type ClerkSettings = z.infer<typeof settings>;
