import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Stripe open Developers, API keys, and make sure that Test mode is off.',
    'Choose Create restricted key, and Build your own rather than a preset. Name it Segments.',
    'Choose Read for Customers, Charges and Refunds, Subscriptions, Invoices, Checkout Sessions and Events; leave everything else at None. With Write for Webhook Endpoints the webhook is set up for you.',
    'Create it and copy the key; it begins with rk_live_.',
  ],
  webhook: [
    'In Stripe open Developers, Webhooks and choose Add endpoint (or Add destination).',
    'Choose the events of customers, subscriptions, invoices, charges, refunds and checkout sessions, and paste the address.',
    'Save, reveal the signing secret (whsec_…) and put it into this source’s settings.',
  ],
  firstSync:
    'All customers, subscriptions, invoices and payments are read, a hundred at a time: a hundred thousand payments take some ten minutes.',
};
