import { z } from 'zod';
import { BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give the address of the site, beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ title: 'Address of the site', placeholder: 'https://news.example.com' }),
  adminApiKey: z
    .string()
    .trim()
    .regex(/^[0-9a-f]+:[0-9a-f]{32,}$/i, 'It is two long words of 0-9 and a-f with a colon between them.')
    .meta({
      title: 'Admin API key',
      help: 'In Ghost: Settings, Integrations, Add custom integration. Copy the Admin API key.',
      secret: true,
    }),
  webhookSecret: z.string().trim().optional().meta({
    title: 'Webhook secret',
    fold: BY_WEBHOOK,
    help: 'Only if you add webhooks to the integration: the secret you gave them there.',
    secret: true,
  }),
});

export type GhostSettings = z.infer<typeof settings>;
