import { z } from 'zod';
import { BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give the address of the shop, beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({
      title: 'Address of the shop',
      placeholder: 'https://shop.example.com',
      help: 'WooCommerce takes keys over https only.',
    }),
  consumerKey: z.string().trim().min(1, 'Give the consumer key.').meta({
    title: 'Consumer key',
    help: 'In WordPress: WooCommerce, Settings, Advanced, REST API, Add key; permissions: Read, or Read/Write if the webhooks are to be set up for you.',
    placeholder: 'ck_…',
    secret: true,
  }),
  consumerSecret: z.string().trim().min(1, 'Give the consumer secret.').meta({
    title: 'Consumer secret',
    help: 'Shown once, beside the key.',
    placeholder: 'cs_…',
    secret: true,
  }),
  webhookSecret: z.string().trim().optional().meta({
    title: 'Webhook secret',
    fold: BY_WEBHOOK,
    help: 'Only if you add webhooks by hand (WooCommerce, Settings, Advanced, Webhooks; topics Order and Customer created, updated and deleted): the secret given there.',
    secret: true,
  }),
  previousWebhookSecret: z.string().trim().optional().meta({
    title: 'Previous webhook secret',
    fold: BY_WEBHOOK,
    help: 'While you change the secret: what is signed with the old one is taken too.',
    secret: true,
  }),
});

export type WooSettings = z.infer<typeof settings>;
