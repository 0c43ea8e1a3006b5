import { z } from 'zod';
import { ADVANCED, BY_WEBHOOK } from '../reading/folds.ts';

export const settings = z.object({
  secretKey: z
    .string()
    .trim()
    .regex(/^(rk|sk)_(live|test)_\w+$/, 'It begins with rk_live_ (or rk_test_).')
    .meta({
      title: 'Restricted key',
      help: 'In Stripe: Developers, API keys, Create restricted key; Read for Customers, Charges and Refunds, Subscriptions, Invoices, Checkout Sessions and Events; Write for Webhook Endpoints, if the webhook is to be set up for you.',
      placeholder: 'rk_live_…',
      secret: true,
    }),
  webhookSecret: z.string().trim().optional().meta({
    title: 'Webhook signing secret',
    fold: BY_WEBHOOK,
    help: 'Only if you add a webhook endpoint by hand (Developers, Webhooks): its signing secret. Choose events of customers, subscriptions, invoices, charges, refunds and checkout sessions.',
    placeholder: 'whsec_…',
    secret: true,
  }),
  previousWebhookSecret: z.string().trim().optional().meta({
    title: 'Previous signing secret',
    fold: BY_WEBHOOK,
    help: 'While you roll the secret: what is signed with the old one is taken too.',
    secret: true,
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://api.stripe.com')
    .meta({ title: 'API address', fold: ADVANCED, help: 'Leave it as it is.' }),
});

export type StripeSettings = z.infer<typeof settings>;
