import type { GivenIdentifier, Item, MappedConsent, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapOrder } from './map-order.ts';
import { type Customer, customer, deleted, numberOf, order } from './rows.ts';

export function map(item: Item): MappedRecord[] {
  if (deleted.safeParse(item.payload).success) return [{ type: 'removed', key: '' }];
  if (item.stream === 'orders') return mapOrder(readPayload(item.payload, order));
  return mapCustomer(readPayload(item.payload, customer));
}

function mapCustomer(given: Customer): MappedRecord[] {
  const email = given.defaultEmailAddress?.emailAddress;
  const phone = given.defaultPhoneNumber?.phoneNumber;
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: numberOf(given.id) }];
  if (email) identifiers.push({ kind: 'email', value: email });
  if (phone) identifiers.push({ kind: 'phone', value: phone });
  const consents = [...emailConsent(given), ...smsConsent(given)];
  const person: MappedRecord = {
    type: 'person',
    key: '',
    identifiers,
    traits: traitsOf(given, email, phone),
    changedAt: given.updatedAt,
    consents,
  };
  return [person, ...firstSteps(given, identifiers)];
}

function traitsOf(given: Customer, email: string | undefined, phone: string | undefined) {
  const { firstName, lastName, defaultAddress: address } = given;
  return withoutUnset({
    email,
    phone,
    firstName,
    lastName,
    name: [firstName, lastName].filter(Boolean).join(' '),
    language: given.locale,
    country: address?.countryCodeV2,
    city: address?.city,
    postalCode: address?.zip,
    company: address?.company,
    createdAt: given.createdAt.toISOString(),
    shopifyTags: given.tags.length > 0 ? given.tags : undefined,
  });
}

/** Who only ordered has no account: for Shopify every buyer is a customer. */
function firstSteps(given: Customer, identifiers: GivenIdentifier[]): MappedRecord[] {
  const about = { type: 'event' as const, identifiers };
  const steps: MappedRecord[] = [];
  if (given.state === 'ENABLED') {
    const properties = { system: 'shopify' };
    steps.push({ ...about, key: 'signed_up', name: 'signed_up', occurredAt: given.createdAt, properties });
  }
  const mail = given.defaultEmailAddress;
  if (mail?.marketingState === 'SUBSCRIBED' && mail.marketingUpdatedAt) {
    const properties = { newsletter: 'Shopify' };
    const occurredAt = mail.marketingUpdatedAt;
    steps.push({ ...about, key: 'subscribed', name: 'newsletter_subscribed', occurredAt, properties });
  }
  return steps;
}

/** Subscribed and unsubscribed are decisions of the person. Not subscribed, pending, invalid and redacted are not. */
const STATES: Record<string, MappedConsent['state']> = { SUBSCRIBED: 'granted', UNSUBSCRIBED: 'withdrawn' };

function emailConsent({ defaultEmailAddress: mail }: Customer): MappedConsent[] {
  const state = STATES[mail?.marketingState ?? ''];
  if (!mail || !state) return [];
  const proof = withoutUnset({
    system: 'shopify',
    state: mail.marketingState,
    optInLevel: mail.marketingOptInLevel,
  });
  return [{ channel: 'email', topic: null, state, decidedAt: mail.marketingUpdatedAt ?? null, proof }];
}

function smsConsent({ smsMarketingConsent: sms }: Customer): MappedConsent[] {
  const state = STATES[sms?.marketingState ?? ''];
  if (!sms || !state) return [];
  const proof = withoutUnset({
    system: 'shopify',
    state: sms.marketingState,
    optInLevel: sms.marketingOptInLevel,
  });
  return [{ channel: 'sms', topic: null, state, decidedAt: sms.consentUpdatedAt ?? null, proof }];
}
