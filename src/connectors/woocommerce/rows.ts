import { z } from 'zod';
import { moment, optionalMoment, optionalText, toMoment } from '../reading/answers.ts';

/** What the streams rely on to page and to name an item. */
export const orderRow = z.looseObject({
  id: z.number(),
  date_modified_gmt: z.string().nullish(),
  date_created_gmt: z.string().nullish(),
  refunds: z.array(z.looseObject({ id: z.number() })).default([]),
  meta_data: z.array(z.looseObject({ key: z.string() })).default([]),
});
export type OrderRow = z.infer<typeof orderRow>;
export const customerRow = z.looseObject({
  id: z.number(),
  date_modified_gmt: z.string().nullish(),
  date_created_gmt: z.string().nullish(),
});
export type CustomerRow = z.infer<typeof customerRow>;

/** Never changed is as old as it is. */
export function changedAt(row: {
  date_modified_gmt?: string | null | undefined;
  date_created_gmt?: string | null | undefined;
}): Date {
  return toMoment(row.date_modified_gmt || row.date_created_gmt || '') ?? new Date(0);
}

const amount = z.coerce.string().default('0');
const line = z.object({ total: amount });

const address = z.object({
  first_name: optionalText,
  last_name: optionalText,
  company: optionalText,
  city: optionalText,
  postcode: optionalText,
  country: optionalText,
  email: optionalText,
  phone: optionalText,
});
export type Address = z.infer<typeof address>;

/** What `map` reads of a stored item. */
export const order = z.object({
  id: z.number(),
  number: optionalText,
  status: z.string(),
  currency: z.string(),
  date_created_gmt: moment,
  date_modified_gmt: optionalMoment,
  date_paid_gmt: optionalMoment,
  total: amount,
  total_tax: amount,
  shipping_total: amount,
  discount_total: amount,
  customer_id: z.number().default(0),
  billing: address,
  payment_method: optionalText,
  transaction_id: optionalText,
  created_via: optionalText,
  meta_data: z.array(z.object({ key: z.string(), value: z.unknown() })).default([]),
  line_items: z
    .array(
      z.object({
        name: optionalText,
        sku: optionalText,
        product_id: z.number().optional(),
        quantity: z.number(),
        price: optionalText,
      }),
    )
    .default([]),
  coupon_lines: z.array(z.object({ code: optionalText })).default([]),
  refunds: z
    .array(
      z.object({
        id: z.number(),
        date_created_gmt: optionalMoment,
        amount: amount.optional(),
        total: amount.optional(),
        line_items: z.array(line).default([]),
        fee_lines: z.array(line).default([]),
        shipping_lines: z.array(line).default([]),
      }),
    )
    .default([]),
});
export type Order = z.infer<typeof order>;

export const customer = z.object({
  id: z.number(),
  email: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  role: optionalText,
  date_created_gmt: moment,
  date_modified_gmt: optionalMoment,
  billing: address,
});
export type Customer = z.infer<typeof customer>;

export const deleted = z.object({ deleted: z.literal(true) });
