import { z } from 'zod';
import { moment, optionalMoment, optionalText } from '../reading/answers.ts';

/** What the streams rely on to page and to name an item; the rest is kept untouched. */
export const row = z.looseObject({ id: z.string(), updatedAt: z.string() });
export type Row = z.infer<typeof row>;

/** The last part of `gid://shopify/Order/4501`: the number that the rest of the world knows. */
export function numberOf(gid: string): string {
  return gid.split('?')[0]!.split('/').at(-1) ?? gid;
}

const amount = z.object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) });
const optionalAmount = amount.nullish().transform((money) => money?.shopMoney.amount ?? '0');
const tags = z.array(z.string()).default([]);

/** What `map` reads of a stored item. */
export const order = z.object({
  id: z.string(),
  name: optionalText,
  email: optionalText,
  processedAt: moment,
  cancelledAt: optionalMoment,
  test: z.boolean().default(false),
  displayFinancialStatus: optionalText,
  taxesIncluded: z.boolean().default(false),
  discountCodes: tags,
  tags,
  sourceName: optionalText,
  customer: z.object({ id: z.string() }).nullish(),
  subtotalPriceSet: amount.nullish(),
  totalPriceSet: amount,
  totalTaxSet: optionalAmount,
  totalShippingPriceSet: optionalAmount,
  totalDiscountsSet: optionalAmount,
  totalRefundedSet: optionalAmount,
  totalRefundedShippingSet: optionalAmount,
  refunds: z
    .array(z.object({ id: z.string(), createdAt: optionalMoment, totalRefundedSet: optionalAmount }))
    .default([]),
  customerJourneySummary: z
    .object({
      firstVisit: z
        .object({
          landingPage: optionalText,
          referrerUrl: optionalText,
          source: optionalText,
          utmParameters: z
            .object({
              source: optionalText,
              medium: optionalText,
              campaign: optionalText,
              content: optionalText,
              term: optionalText,
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
  lineItems: z
    .array(
      z.object({
        title: optionalText,
        sku: optionalText,
        quantity: z.number(),
        originalUnitPriceSet: optionalAmount,
      }),
    )
    .default([]),
});
export type Order = z.infer<typeof order>;

export const customer = z.object({
  id: z.string(),
  firstName: optionalText,
  lastName: optionalText,
  state: optionalText,
  tags,
  locale: optionalText,
  createdAt: moment,
  updatedAt: moment,
  defaultEmailAddress: z
    .object({
      emailAddress: optionalText,
      marketingState: z.string(),
      marketingOptInLevel: optionalText,
      marketingUpdatedAt: optionalMoment,
    })
    .nullish(),
  defaultPhoneNumber: z.object({ phoneNumber: optionalText }).nullish(),
  smsMarketingConsent: z
    .object({
      marketingState: z.string(),
      marketingOptInLevel: optionalText,
      consentUpdatedAt: optionalMoment,
    })
    .nullish(),
  defaultAddress: z
    .object({ countryCodeV2: optionalText, city: optionalText, zip: optionalText, company: optionalText })
    .nullish(),
});
export type Customer = z.infer<typeof customer>;

export const deleted = z.object({ deleted: z.literal(true) });
