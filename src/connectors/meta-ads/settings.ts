import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

const id = (what: string) => z.string().trim().regex(/^\d+$/, `The ${what} is a number.`);

export const settings = z.object({
  accessToken: z.string().trim().min(1, 'Give the access token.').meta({
    title: 'Access token',
    help: 'Of a system user (Business settings, System users), with ads_read; for lead forms also leads_retrieval, pages_show_list and pages_read_engagement; for custom audiences ads_management.',
    secret: true,
  }),
  appSecret: z.string().trim().optional().meta({
    title: 'App secret',
    help: 'Proves that calls come from your app, and checks webhooks.',
    secret: true,
  }),
  adAccountId: z
    .string()
    .trim()
    .transform((text) => text.replace(/^act_/, ''))
    .pipe(id('ad account ID'))
    .meta({ title: 'Ad account ID', placeholder: '1234567890' }),
  pageId: id('page ID')
    .optional()
    .meta({ title: 'Page ID', help: 'Of the page whose lead forms are to be read.' }),
  verifyToken: z.string().trim().optional().meta({
    title: 'Webhook verify token',
    fold: BY_WEBHOOK,
    help: 'The word you gave Meta with the webhook address.',
    secret: true,
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://graph.facebook.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type MetaAdsSettings = z.infer<typeof settings>;
