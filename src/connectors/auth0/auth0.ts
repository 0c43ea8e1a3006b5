import { defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { readPayload } from '../reading/answers.ts';
import { accountRecords } from '../reading/people.ts';
import { guide } from './guide.ts';
import { complete, hooks } from './hooks.ts';
import { user } from './rows.ts';
import { type Auth0Settings, settings } from './settings.ts';
import { countUsers, totals } from './totals.ts';
import { usersStream } from './users.ts';

export default defineConnector<Auth0Settings>({
  key: 'auth0',
  name: 'Auth0',
  category: 'signups',
  summary: 'Who signed up with Auth0, with their profile; changes at once by event or log stream.',
  guide,
  settings,
  streams: [usersStream],
  map,
  hooks,
  complete,
  totals,
  check: async (ctx) => `${(await countUsers(ctx)).toLocaleString('en')} users`,
});

function map(item: Item, given: Auth0Settings): MappedRecord[] {
  if (item.stream !== 'users') return [];
  if (item.payload.deleted === true) return [{ type: 'removed', key: '' }];
  const found = readPayload(item.payload, user);
  return accountRecords({
    id: found.user_id,
    userId: given.isUserId ? found.user_id : undefined,
    email: found.email ? { value: found.email, isVerified: found.email_verified === true } : undefined,
    phone: found.phone_number
      ? { value: found.phone_number, isVerified: found.phone_verified === true }
      : undefined,
    traits: {
      ...found.user_metadata,
      // Without a name Auth0 writes the address in its place.
      name: found.name === found.email ? undefined : found.name,
      firstName: found.given_name,
      lastName: found.family_name,
      username: found.username,
      locale: found.locale,
    },
    createdAt: found.created_at,
    changedAt: found.updated_at,
    method: 'auth0',
  });
}
