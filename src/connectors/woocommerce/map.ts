import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapOrder } from './map-order.ts';
import { type Customer, customer, deleted, order } from './rows.ts';
import { addressTraits, nameOf } from './traits.ts';

/** Who runs the shop. They are people, but their accounts are no signups of buyers. */
const STAFF = new Set(['administrator', 'editor', 'author', 'contributor', 'shop_manager']);

export function map(item: Item): MappedRecord[] {
  if (deleted.safeParse(item.payload).success) return [{ type: 'removed', key: '' }];
  if (item.stream === 'orders') return mapOrder(readPayload(item.payload, order));
  return mapCustomer(readPayload(item.payload, customer));
}

/** WooCommerce keeps no consent: what somebody allowed has to come from where they were asked. */
function mapCustomer(given: Customer): MappedRecord[] {
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: String(given.id) }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  const createdAt = given.date_created_gmt;
  const person: MappedRecord = {
    type: 'person',
    key: '',
    identifiers,
    traits: traitsOf(given),
    changedAt: given.date_modified_gmt ?? createdAt,
    consents: [],
  };
  if (STAFF.has(given.role ?? '')) return [person];
  const properties = { system: 'woocommerce' };
  return [
    person,
    { type: 'event', key: 'signed_up', identifiers, name: 'signed_up', occurredAt: createdAt, properties },
  ];
}

function traitsOf(given: Customer): Record<string, unknown> {
  const firstName = given.first_name ?? given.billing.first_name;
  const lastName = given.last_name ?? given.billing.last_name;
  return withoutUnset({
    ...addressTraits(given.billing),
    email: given.email,
    firstName,
    lastName,
    name: nameOf(firstName, lastName),
    createdAt: given.date_created_gmt.toISOString(),
  });
}
