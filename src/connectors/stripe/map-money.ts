import type { z } from 'zod';
import type { GivenIdentifier, MappedRecord } from '../contract.ts';
import { withoutUnset } from '../reading/answers.ts';
import { amountOf } from './money.ts';
import type { Charge, invoice, refund } from './rows.ts';

/**
 * A payment is an order. Its number, where the shop wrote one into the metadata, and the payment's id let the same
 * order count once beside the shop's own. What was paid in test mode never was.
 */
export function mapCharge(given: Charge): MappedRecord[] {
  const identifiers = payerOf(given);
  if (identifiers.length === 0) return [];
  const about = { type: 'event' as const, identifiers, occurredAt: given.created };
  const properties = withoutUnset({
    ...numbersOf(given),
    description: given.description,
    livemode: given.livemode,
  });
  if (given.status === 'failed')
    return [
      {
        ...about,
        key: 'failed',
        name: 'payment_failed',
        ...amountOf(given.amount, given.currency),
        properties: withoutUnset({ ...properties, reason: given.failure_code }),
      },
    ];
  if (given.status !== 'succeeded' || !given.captured || !given.livemode) return [];
  const money = amountOf(given.amount_captured, given.currency);
  return [
    {
      ...about,
      key: 'placed',
      name: 'order_placed',
      ...money,
      properties: { ...properties, ...utmOf(given) },
    },
  ];
}

/** One that failed gave nothing back. */
export function mapRefund(given: z.infer<typeof refund>): MappedRecord[] {
  const { charge } = given;
  const isDone = given.status === 'succeeded' || given.status === 'pending';
  if (!isDone || typeof charge !== 'object' || !charge?.livemode) return [];
  const identifiers = payerOf(charge);
  if (identifiers.length === 0) return [];
  const properties = withoutUnset({ ...numbersOf(charge), refund_id: given.id, reason: given.reason });
  const money = amountOf(given.amount, given.currency);
  return [
    {
      type: 'event',
      key: 'refunded',
      identifiers,
      name: 'order_refunded',
      occurredAt: given.created,
      ...money,
      properties,
    },
  ];
}

export function mapInvoice(given: z.infer<typeof invoice>): MappedRecord[] {
  const paidAt = given.status_transitions?.paid_at;
  const identifiers = given.customer
    ? [{ kind: 'source' as const, value: given.customer }]
    : given.customer_email
      ? [{ kind: 'email' as const, value: given.customer_email }]
      : [];
  if (given.status !== 'paid' || !paidAt || identifiers.length === 0) return [];
  const properties = withoutUnset({
    invoice_id: given.id,
    number: given.number,
    subscription_id: given.parent?.subscription_details?.subscription,
    billing_reason: given.billing_reason,
    livemode: given.livemode,
  });
  const money = amountOf(given.amount_paid, given.currency);
  return [
    {
      type: 'event',
      key: 'paid',
      identifiers,
      name: 'invoice_paid',
      occurredAt: paidAt,
      ...money,
      properties,
    },
  ];
}

function payerOf({ customer, billing_details, receipt_email }: Charge): GivenIdentifier[] {
  if (customer) return [{ kind: 'source', value: customer }];
  const email = billing_details?.email ?? receipt_email;
  return email ? [{ kind: 'email', value: email }] : [];
}

/** Shops that take payments with Stripe keep the charge as the transaction of their order. */
function numbersOf({ id, metadata, payment_intent }: Charge) {
  return { order_id: metadata.order_id, payment_id: id, payment_intent };
}

function utmOf({ metadata }: Charge): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name.startsWith('utm_')));
}
