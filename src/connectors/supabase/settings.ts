import { z } from 'zod';
import { BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give the address of the project, beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({
      title: 'Project URL',
      help: 'In Supabase: Project settings, Data API.',
      placeholder: 'https://abcdefgh.supabase.co',
    }),
  serviceKey: z.string().trim().min(20, 'Give the whole key.').meta({
    title: 'Secret key',
    help: 'Project settings, API keys: a secret key, or the service_role key. The anon or publishable key may not list users.',
    secret: true,
  }),
  webhookSecret: z.string().trim().min(12, 'Make it twelve characters or more.').optional().meta({
    title: 'Webhook secret',
    fold: BY_WEBHOOK,
    help: 'Make up a long word. Then in Supabase: Database, Webhooks, on the table auth.users (insert, update, delete), with the address this source shows and an HTTP header x-webhook-secret holding the word.',
    secret: true,
  }),
  previousWebhookSecret: z.string().trim().optional().meta({
    title: 'Webhook secret before',
    fold: BY_WEBHOOK,
    help: 'Only while you replace the secret: both are accepted.',
    secret: true,
  }),
  isUserId: z.boolean().default(true).meta({
    title: 'Its IDs are your user IDs',
    help: 'Switch it off if your site calls people by other IDs.',
  }),
});

export type SupabaseSettings = z.infer<typeof settings>;
