import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';

export const settings = z.object({
  apiKey: z
    .string()
    .trim()
    .regex(/^pk_\S+$/, 'A private key begins with pk_.')
    .meta({
      title: 'Private API key',
      help: 'In Klaviyo: Settings, API keys, Create Private API Key, with read access to accounts, profiles, events and metrics. To send segments there: full access to profiles and lists.',
      placeholder: 'pk_…',
      secret: true,
    }),
  readsOrders: z.boolean().default(false).meta({
    title: 'Take orders from Klaviyo',
    help: 'Only if your shop is not connected here itself. Placed and refunded orders then count as money.',
  }),
  isExternalIdOurs: z.boolean().default(false).meta({
    title: 'External IDs are the user IDs of your site',
    help: 'Joins a profile of Klaviyo with the person your site tracks under the same ID.',
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'Give an address beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://a.klaviyo.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type KlaviyoSettings = z.infer<typeof settings>;
