/** What is read of an order and of a customer, and the questions that ask for it. */

/** A person's order of more lines is a wholesaler's; the products beyond are left out, the money is not. */
export const LINES = 50;

const MONEY = '{ shopMoney { amount currencyCode } }';
const LINE = `id title sku quantity originalUnitPriceSet ${MONEY}`;

/** Whose an order is and what it comes to. */
const SUMS = `
  id updatedAt processedAt cancelledAt test email displayFinancialStatus taxesIncluded
  customer { id }
  subtotalPriceSet ${MONEY} totalPriceSet ${MONEY} totalTaxSet ${MONEY} totalShippingPriceSet ${MONEY}
  totalRefundedSet ${MONEY} totalRefundedShippingSet ${MONEY}
  refunds { id createdAt totalRefundedSet ${MONEY} }`;

const ORDER = `${SUMS}
  legacyResourceId name createdAt discountCodes tags sourceName totalDiscountsSet ${MONEY}
  customerJourneySummary {
    firstVisit { landingPage referrerUrl source utmParameters { source medium campaign content term } }
  }`;

/** The consent to text messages stands on the customer only; Shopify has none of it on the phone number. */
const CUSTOMER = `
  id legacyResourceId firstName lastName state tags locale createdAt updatedAt
  defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }
  defaultPhoneNumber { phoneNumber }
  smsMarketingConsent { marketingState marketingOptInLevel consentUpdatedAt }
  defaultAddress { countryCodeV2 city zip company }`;

export type Kind = {
  stream: 'orders' | 'customers';
  one: 'order' | 'customer';
  /** Rows asked for at once, before Shopify says that it is too much. */
  first: number;
  fields: string;
  bulkFields: string;
};

export const ORDERS: Kind = {
  stream: 'orders',
  one: 'order',
  first: 10,
  fields: `${ORDER} lineItems(first: ${LINES}) { nodes { ${LINE} } }`,
  bulkFields: `${ORDER} lineItems { edges { node { ${LINE} } } }`,
};
export const ORDER_SUMS: Kind = { ...ORDERS, first: 40, fields: SUMS };
export const CUSTOMERS: Kind = {
  stream: 'customers',
  one: 'customer',
  first: 100,
  fields: CUSTOMER,
  bulkFields: CUSTOMER,
};

export function pageDocument({ stream, fields }: Kind): string {
  return `query ($first: Int!, $after: String, $query: String) {
    page: ${stream}(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
      nodes { ${fields} }
      pageInfo { hasNextPage endCursor }
    }
  }`;
}

export function countDocument({ stream }: Kind): string {
  return `{ count: ${stream}Count(limit: null) { count } }`;
}

export function oneDocument({ one, fields }: Kind): string {
  return `query ($id: ID!) { found: ${one}(id: $id) { ${fields} } }`;
}

/** https://shopify.dev/docs/api/usage/bulk-operations/queries */
export function bulkDocument({ stream, bulkFields }: Kind): string {
  return `{ ${stream} { edges { node { ${bulkFields} } } } }`;
}
