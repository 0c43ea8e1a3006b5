import type { MappedRecord } from '../contract.ts';
import { contextTraits, readIdentifiers } from './identifiers.ts';
import type { StoredMessage, TrackingMessage } from './message.ts';

/** Other spellings of traits that we know by meaning; the ready-made segments and lists read only ours. */
const TRAIT_SPELLINGS: Readonly<Record<string, string>> = {
  first_name: 'firstName',
  firstname: 'firstName',
  last_name: 'lastName',
  lastname: 'lastName',
  created_at: 'createdAt',
  postal_code: 'postalCode',
  trial_ends_at: 'trialEndsAt',
  subscription_status: 'subscriptionStatus',
};
const ADDRESS_TRAITS = ['city', 'country', 'postalCode'] as const;

/** identify, group and alias say something about a person; alias only who it is. */
export function mapPerson(stored: StoredMessage): MappedRecord {
  return {
    type: 'person',
    key: '',
    identifiers: readIdentifiers(stored.message),
    traits: readTraits(stored.message),
    changedAt: new Date(stored.occurredAt),
    consents: [],
  };
}

function readTraits(message: TrackingMessage): Record<string, unknown> {
  if (message.type === 'identify')
    return withAddress(withOurSpelling({ ...contextTraits(message), ...message.traits }));
  if (message.type === 'group') return groupTraits(message);
  return {};
}

function withOurSpelling(traits: Record<string, unknown>): Record<string, unknown> {
  const renamed = Object.entries(traits).map(([key, value]) => {
    const ours = Object.hasOwn(TRAIT_SPELLINGS, key) ? TRAIT_SPELLINGS[key]! : key;
    return [key !== ours && ours in traits ? key : ours, value];
  });
  return Object.fromEntries(renamed);
}

/** SDKs nest city and country in `address`; the lists and rules know them by their own names. */
function withAddress(traits: Record<string, unknown>): Record<string, unknown> {
  const { address } = traits;
  if (typeof address !== 'object' || address === null || Array.isArray(address)) return traits;
  const nested = withOurSpelling({ ...address });
  const found = ADDRESS_TRAITS.filter((name) => !(name in traits) && typeof nested[name] === 'string');
  return { ...traits, ...Object.fromEntries(found.map((name) => [name, nested[name]])) };
}

/** The company under its name, and all that was said of it under `group`. */
function groupTraits(message: TrackingMessage): Record<string, unknown> {
  const name = typeof message.traits.name === 'string' ? message.traits.name : message.groupId;
  return { company: name, group: { ...message.traits, id: message.groupId } };
}
