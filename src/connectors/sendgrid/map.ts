import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { mapEvent } from './map-event.ts';
import { contact, suppressed } from './rows.ts';

type Person = Extract<MappedRecord, { type: 'person' }>;

export function map(item: Item): MappedRecord[] {
  if (item.stream === 'contacts') return mapContact(item);
  return item.stream === 'events' ? mapEvent(item) : mapSuppressed(item);
}

/** A contact says nothing about consent: SendGrid knows only who left. */
function mapContact(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, contact);
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: given.id }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  const traits = withoutUnset({
    ...given.custom_fields,
    email: given.email,
    phone: given.phone_number,
    firstName: given.first_name,
    lastName: given.last_name,
    city: given.city,
    region: given.state_province_region,
    postalCode: given.postal_code,
    country: given.country,
    createdAt: given.created_at?.toISOString(),
  });
  const changedAt = given.updated_at ?? given.created_at ?? new Date(0);
  return [{ type: 'person', key: '', identifiers, traits, changedAt, consents: [] }];
}

/** The events come by webhook; the lists say who is not to be written to, also from before there was one. */
function mapSuppressed(item: Item): MappedRecord[] {
  const { email, created, reason } = readPayload(item.payload, suppressed);
  const person: Person = {
    type: 'person',
    key: '',
    identifiers: [{ kind: 'email', value: email }],
    traits: { email },
    changedAt: created,
    consents: [],
  };
  if (item.stream === 'bounces') return [{ ...person, suppress: { email, reason: 'hard_bounce' } }];
  if (item.stream === 'spam_reports') return [{ ...person, suppress: { email, reason: 'complaint' } }];
  const proof = withoutUnset({ system: 'sendgrid', list: 'global unsubscribes', reason });
  return [
    {
      ...person,
      consents: [{ channel: 'email', topic: null, state: 'withdrawn', decidedAt: created, proof }],
    },
  ];
}
