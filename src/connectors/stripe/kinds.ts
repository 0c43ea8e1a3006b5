import type { Query } from './client.ts';

/** What is read of Stripe: where it is listed, and which events tell that one of it changed. */
export type Kind = {
  stream: string;
  title: string;
  path: string;
  /** With each list. */
  listed: Query;
  /** With one of it. */
  single: Query;
  /** `data.object.object` of its events. */
  object: string;
  types: string[];
  /** Checkout sessions cannot be asked for by the time they were made. */
  hasCreated: boolean;
};

const plain = { listed: [] as Query, single: [] as Query, hasCreated: true };
const typesOf = (prefix: string, names: string[]) => names.map((name) => `${prefix}.${name}`);

export const KINDS: Kind[] = [
  {
    ...plain,
    stream: 'customers',
    title: 'Customers',
    path: '/customers',
    object: 'customer',
    types: typesOf('customer', ['created', 'updated', 'deleted']),
  },
  {
    ...plain,
    stream: 'subscriptions',
    title: 'Subscriptions',
    path: '/subscriptions',
    // Without it the ones that ended are left out.
    listed: [['status', 'all']],
    object: 'subscription',
    types: typesOf('customer.subscription', [
      'created',
      'updated',
      'deleted',
      'paused',
      'resumed',
      'trial_will_end',
    ]),
  },
  {
    ...plain,
    stream: 'invoices',
    title: 'Invoices',
    path: '/invoices',
    object: 'invoice',
    types: typesOf('invoice', [
      'finalized',
      'paid',
      'payment_failed',
      'updated',
      'voided',
      'marked_uncollectible',
      'deleted',
    ]),
  },
  {
    ...plain,
    stream: 'charges',
    title: 'Payments',
    path: '/charges',
    object: 'charge',
    types: typesOf('charge', [
      'succeeded',
      'failed',
      'captured',
      'updated',
      'refunded',
      'pending',
      'expired',
    ]),
  },
  {
    ...plain,
    stream: 'refunds',
    title: 'Refunds',
    path: '/refunds',
    // Whose it is and which order it belongs to stands on the payment.
    listed: [['expand[]', 'data.charge']],
    single: [['expand[]', 'charge']],
    object: 'refund',
    types: ['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'],
  },
  {
    ...plain,
    stream: 'checkout_sessions',
    title: 'Checkout',
    path: '/checkout/sessions',
    object: 'checkout.session',
    types: typesOf('checkout.session', [
      'completed',
      'async_payment_succeeded',
      'async_payment_failed',
      'expired',
    ]),
    hasCreated: false,
  },
];
