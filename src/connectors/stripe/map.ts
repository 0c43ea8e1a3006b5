import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapCharge, mapInvoice, mapRefund } from './map-money.ts';
import { mapPlanChange, mapSubscription } from './map-subscription.ts';
import { change, charge, customer, deleted, invoice, refund, session, subscription } from './rows.ts';

const MAPS: Record<string, (item: Item) => MappedRecord[]> = {
  customers: mapCustomer,
  subscriptions: ({ payload }) => mapSubscription(readPayload(payload, subscription)),
  subscription_changes: ({ payload }) => mapPlanChange(readPayload(payload, change)),
  invoices: ({ payload }) => mapInvoice(readPayload(payload, invoice)),
  charges: ({ payload }) => mapCharge(readPayload(payload, charge)),
  refunds: ({ payload }) => mapRefund(readPayload(payload, refund)),
  checkout_sessions: mapSession,
};

export function map(item: Item): MappedRecord[] {
  if (deleted.safeParse(item.payload).success) return [{ type: 'removed', key: '' }];
  return MAPS[item.stream]?.(item) ?? [];
}

/** Products write the id of their own user into the metadata; that is the one thing which joins for certain. */
function mapCustomer(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, customer);
  const { email, name, phone, address, metadata } = given;
  const userId = metadata.user_id ?? metadata.userId;
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: given.id }];
  if (userId) identifiers.push({ kind: 'user_id', value: userId });
  if (email) identifiers.push({ kind: 'email', value: email });
  const traits = withoutUnset({
    email,
    name,
    phone,
    country: address?.country,
    city: address?.city,
    postalCode: address?.postal_code,
    language: given.preferred_locales?.[0],
    createdAt: given.created.toISOString(),
  });
  const changedAt = given._changed ?? given.created;
  return [{ type: 'person', key: '', identifiers, traits, changedAt, consents: [] }];
}

/** What a buyer told at the checkout. Who has a customer is known by it; the rest by the address typed. */
function mapSession(item: Item): MappedRecord[] {
  const {
    customer: id,
    customer_details: told,
    consent,
    created,
    status,
  } = readPayload(item.payload, session);
  const email = told?.email;
  if (status !== 'complete' || (!id && !email)) return [];
  const identifiers: GivenIdentifier[] = id
    ? [{ kind: 'source', value: id }]
    : [{ kind: 'email', value: email! }];
  const traits = withoutUnset({
    email,
    name: told?.name,
    phone: told?.phone,
    country: told?.address?.country,
    city: told?.address?.city,
    postalCode: told?.address?.postal_code,
  });
  const state =
    consent?.promotions === 'opt_in' ? 'granted' : consent?.promotions === 'opt_out' ? 'withdrawn' : null;
  const proof = { system: 'stripe', checkout: item.externalId };
  const consents = state
    ? [{ channel: 'email' as const, topic: null, state, decidedAt: created, proof } as const]
    : [];
  return [{ type: 'person', key: '', identifiers, traits, changedAt: created, consents }];
}
