import { z } from 'zod';
import { BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give the address of the tenant, beginning with https://.' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({
      title: 'Tenant address',
      help: 'In Auth0: Applications, your application, Domain, with https:// before it. Not a custom domain.',
      placeholder: 'https://ada-tea.eu.auth0.com',
    }),
  clientId: z.string().trim().min(1, 'Give the client ID.').meta({
    title: 'Client ID',
    help: 'Applications, Create Application, Machine to Machine, for the Auth0 Management API with the permission read:users.',
  }),
  clientSecret: z.string().trim().min(1, 'Give the client secret.').meta({
    title: 'Client secret',
    help: 'Of the same application.',
    secret: true,
  }),
  webhookSecret: z.string().trim().min(12, 'Make it twelve characters or more.').optional().meta({
    title: 'Webhook token',
    fold: BY_WEBHOOK,
    help: 'Make up a long word and give it as the token (Bearer) of an event stream for user.created, user.updated and user.deleted, or as the authorization token of a log stream, with the address this source shows.',
    secret: true,
  }),
  previousWebhookSecret: z.string().trim().optional().meta({
    title: 'Webhook token before',
    fold: BY_WEBHOOK,
    help: 'Only while you replace the token: both are accepted.',
    secret: true,
  }),
  isUserId: z.boolean().default(true).meta({
    title: 'Its IDs are your user IDs',
    help: 'Switch it off if your site calls people by other IDs.',
  }),
});

export type Auth0Settings = z.infer<typeof settings>;
