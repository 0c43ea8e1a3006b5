import { z } from 'zod';
import { optionalText } from '../reading/answers.ts';

/** What the streams rely on to page and to name an item; the rest is kept untouched. */
export const row = z.looseObject({
  id: z.string(),
  created: z.number().optional(),
  deleted: z.boolean().optional(),
});
export type Row = z.infer<typeof row>;

export const event = z.looseObject({
  id: z.string(),
  object: z.literal('event'),
  type: z.string(),
  created: z.number(),
  livemode: z.boolean(),
  data: z.object({
    object: z.looseObject({ id: z.string(), object: z.string() }),
    previous_attributes: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export type Event = z.infer<typeof event>;

const second = z.number().transform((seconds) => new Date(seconds * 1000));
const optionalSecond = second.nullish();
const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => given ?? {});
/** An id, or the thing itself where it was asked for. */
const reference = z
  .union([z.string(), z.looseObject({ id: z.string() })])
  .nullish()
  .transform((given) => (typeof given === 'string' ? given : (given?.id ?? null)));
const address = z.object({ country: optionalText, city: optionalText, postal_code: optionalText }).nullish();
const base = { id: z.string(), created: second, livemode: z.boolean(), metadata, _changed: optionalSecond };

export const customer = z.object({
  ...base,
  email: optionalText,
  name: optionalText,
  phone: optionalText,
  address,
  preferred_locales: z.array(z.string()).nullish(),
});

const price = z.looseObject({
  id: z.string(),
  nickname: optionalText,
  lookup_key: optionalText,
  currency: z.string(),
  unit_amount: z.number().nullish(),
  recurring: z.object({ interval: z.string(), interval_count: z.number() }).nullish(),
});
export const subscriptionItems = z.object({
  data: z.array(z.object({ price, quantity: z.number().default(1) })),
});
export type SubscriptionItems = z.infer<typeof subscriptionItems>;

export const subscription = z.object({
  ...base,
  customer: reference,
  status: z.string(),
  start_date: optionalSecond,
  trial_start: optionalSecond,
  trial_end: optionalSecond,
  canceled_at: optionalSecond,
  ended_at: optionalSecond,
  cancellation_details: z.object({ reason: optionalText, feedback: optionalText }).nullish(),
  items: subscriptionItems,
});
export type Subscription = z.infer<typeof subscription>;

export const invoice = z.object({
  ...base,
  customer: reference,
  customer_email: optionalText,
  number: optionalText,
  status: optionalText,
  currency: z.string(),
  amount_paid: z.number(),
  billing_reason: optionalText,
  status_transitions: z.object({ paid_at: optionalSecond }).nullish(),
  parent: z.object({ subscription_details: z.object({ subscription: reference }).nullish() }).nullish(),
});

export const charge = z.object({
  ...base,
  customer: reference,
  status: z.string(),
  captured: z.boolean(),
  amount_captured: z.number(),
  amount: z.number(),
  currency: z.string(),
  billing_details: z.object({ email: optionalText }).nullish(),
  receipt_email: optionalText,
  payment_intent: reference,
  description: optionalText,
  failure_code: optionalText,
});
export type Charge = z.infer<typeof charge>;

export const refund = z.object({
  id: z.string(),
  created: second,
  amount: z.number(),
  currency: z.string(),
  status: optionalText,
  reason: optionalText,
  charge: z.union([charge, z.string()]).nullish(),
});

export const session = z.object({
  ...base,
  customer: reference,
  status: optionalText,
  customer_details: z
    .object({ email: optionalText, name: optionalText, phone: optionalText, address })
    .nullish(),
  consent: z.object({ promotions: optionalText }).nullish(),
});

export const change = z.object({
  id: z.string(),
  created: second,
  livemode: z.boolean(),
  data: z.object({
    object: z.object({ id: z.string(), customer: reference, items: subscriptionItems }),
    previous_attributes: z.looseObject({ items: subscriptionItems.optional() }),
  }),
});

export const deleted = z.object({ deleted: z.literal(true) });
