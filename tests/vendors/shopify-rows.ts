import type { Rows } from '../../src/demo/vendors/wire.ts';

export type ShopifyRow = { id: string; updatedAt: string } & Record<string, unknown>;

/** A shop as Shopify keeps it. Rows may be made when they are asked for, in the order of their last change. */
export type ShopifyShop = {
  clientId: string;
  clientSecret: string;
  accessToken: string;
  scopes: string[];
  /** Shopify's own clock. */
  now: string;
  orders: Rows<ShopifyRow>;
  customers: Rows<ShopifyRow>;
  hooks: { id: string; topic: string; uri: string }[];
  /** A row that is there and counted, but that pages leave out: rows move while a list is gone through. */
  isHidden?: ((row: ShopifyRow) => boolean) | undefined;
};

const START = Date.parse('2026-10-01T08:00:00Z');

/** An hour later for each index. */
export function hour(index: number): string {
  return new Date(START + index * 3_600_000).toISOString().replace('.000Z', 'Z');
}

export function makeCustomer(index: number, at = hour(index)): ShopifyRow {
  const id = 9_007_199_254_740_993n + BigInt(index);
  return {
    id: `gid://shopify/Customer/${id}`,
    legacyResourceId: String(id),
    firstName: 'Buyer',
    lastName: String(index),
    state: index % 2 === 0 ? 'ENABLED' : 'DISABLED',
    tags: index % 5 === 0 ? ['vip'] : [],
    locale: 'en',
    createdAt: at,
    updatedAt: at,
    defaultEmailAddress: {
      emailAddress: `buyer${index}@example.com`,
      marketingState: index % 3 === 0 ? 'SUBSCRIBED' : index % 3 === 1 ? 'UNSUBSCRIBED' : 'NOT_SUBSCRIBED',
      marketingOptInLevel: 'SINGLE_OPT_IN',
      marketingUpdatedAt: at,
    },
    defaultPhoneNumber: null,
    smsMarketingConsent:
      index % 4 === 0
        ? { marketingState: 'SUBSCRIBED', marketingOptInLevel: 'SINGLE_OPT_IN', consentUpdatedAt: at }
        : null,
    defaultAddress: {
      id: `gid://shopify/MailingAddress/${index}`,
      countryCodeV2: 'DE',
      city: 'Berlin',
      zip: '10115',
      company: null,
    },
  };
}

/** Goods of 100.00 and 20.00 for each further line, 10.00 for shipping, a tenth of both as tax on top. */
export function makeOrder(index: number, changes: Record<string, unknown> = {}, buyers = 10): ShopifyRow {
  const lines = 1 + (index % 3);
  const goods = 100 + 20 * (lines - 1);
  const tax = (goods + 10) / 10;
  const at = hour(index);
  const id = 5_000_000_000_000n + BigInt(index);
  return {
    id: `gid://shopify/Order/${id}`,
    legacyResourceId: String(id),
    name: `#${1000 + index}`,
    email: `buyer${index % buyers}@example.com`,
    processedAt: at,
    createdAt: at,
    updatedAt: at,
    cancelledAt: null,
    test: false,
    displayFinancialStatus: 'PAID',
    taxesIncluded: false,
    discountCodes: [],
    tags: [],
    sourceName: 'web',
    customer: { id: makeCustomer(index % buyers).id },
    subtotalPriceSet: money(goods),
    totalPriceSet: money(goods + 10 + tax),
    totalTaxSet: money(tax),
    totalShippingPriceSet: money(10),
    totalDiscountsSet: money(0),
    totalRefundedSet: money(0),
    totalRefundedShippingSet: money(0),
    refunds: [],
    customerJourneySummary: {
      firstVisit: {
        landingPage: 'https://shop.example.com/tea',
        referrerUrl: null,
        source: 'Google',
        utmParameters: { source: 'google', medium: 'cpc', campaign: 'autumn', content: null, term: null },
      },
    },
    lineItems: Array.from({ length: lines }, (_, line) => makeLine(index, line)),
    ...changes,
  };
}

function makeLine(index: number, line: number) {
  return {
    id: `gid://shopify/LineItem/${index * 10 + line}`,
    title: `Tea ${line}`,
    sku: `tea-${line}`,
    quantity: 1,
    originalUnitPriceSet: money(line === 0 ? 100 : 20),
  };
}

export function money(amount: number) {
  return { shopMoney: { amount: amount.toFixed(2), currencyCode: 'EUR' } };
}
