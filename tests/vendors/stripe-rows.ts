import { recordedShops } from './shop-recordings.ts';

export type StripeRow = { id: string; object: string; created: number } & Record<string, unknown>;
export type StripeEvent = {
  id: string;
  object: 'event';
  type: string;
  created: number;
  livemode: boolean;
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> };
};

/** 1 October 2026, 8 o'clock. */
const START = Date.parse('2026-10-01T08:00:00Z') / 1000;

/** An hour later for each index. */
export function hour(index: number): number {
  return START + index * 3600;
}

/** The vendor's own fixture, with what tells one from the next. */
function make(fixture: string, index: number, given: Record<string, unknown>): StripeRow {
  const template = recordedShops.stripe[fixture]!;
  return {
    ...template,
    object: String(template.object),
    id: '',
    created: hour(index),
    livemode: true,
    ...given,
  };
}

export function makeCustomer(index: number, given: Record<string, unknown> = {}): StripeRow {
  const email = `payer${index}@example.com`;
  return make('customer', index, { id: `cus_${index}`, email, name: `Payer ${index}`, ...given });
}

export function makeCharge(index: number, given: Record<string, unknown> = {}): StripeRow {
  return make('charge', index, {
    id: `ch_${index}`,
    amount: 2000,
    amount_captured: 2000,
    captured: true,
    currency: 'eur',
    customer: `cus_${index % 5}`,
    source: null,
    ...given,
  });
}

export function makeRefund(index: number, charge: string, given: Record<string, unknown> = {}): StripeRow {
  return make('refund', index, { id: `re_${index}`, charge, amount: 500, currency: 'eur', ...given });
}

export function makeInvoice(index: number, given: Record<string, unknown> = {}): StripeRow {
  return make('invoice', index, {
    id: `in_${index}`,
    customer: `cus_${index % 5}`,
    status: 'paid',
    amount_paid: 2000,
    currency: 'eur',
    status_transitions: {
      finalized_at: hour(index),
      marked_uncollectible_at: null,
      paid_at: hour(index) + 60,
      voided_at: null,
    },
    ...given,
  });
}

export function makeSubscription(index: number, given: Record<string, unknown> = {}): StripeRow {
  return make('subscription', index, {
    id: `sub_${index}`,
    customer: `cus_${index % 5}`,
    start_date: hour(index),
    canceled_at: null,
    cancel_at: null,
    ended_at: null,
    trial_start: null,
    trial_end: null,
    status: 'active',
    ...given,
  });
}

export function makeSession(index: number, given: Record<string, unknown> = {}): StripeRow {
  const details = {
    ...(recordedShops.stripe['checkout-session']!.customer_details as object),
    email: `guest${index}@example.com`,
    name: `Guest ${index}`,
  };
  return make('checkout-session', index, {
    id: `cs_${index}`,
    status: 'complete',
    currency_conversion: null,
    customer_details: details,
    consent: { promotions: 'opt_in', terms_of_service: null },
    ...given,
  });
}
