import { z } from 'zod';
import type { Item } from '../contract.ts';
import { moment, optionalText } from '../reading/answers.ts';

/** What is kept of a user. Identities carry tokens of other providers, and app metadata is not ours to read. */
const KEPT = [
  'user_id',
  'email',
  'email_verified',
  'phone_number',
  'phone_verified',
  'name',
  'nickname',
  'given_name',
  'family_name',
  'username',
  'locale',
  'user_metadata',
  'created_at',
  'updated_at',
  'last_login',
  'logins_count',
];

export const userRow = z.looseObject({ user_id: z.string(), updated_at: z.string() });
export type UserRow = z.infer<typeof userRow>;

export const user = z.object({
  user_id: z.string(),
  email: optionalText,
  email_verified: z.boolean().nullish(),
  phone_number: optionalText,
  phone_verified: z.boolean().nullish(),
  name: optionalText,
  given_name: optionalText,
  family_name: optionalText,
  username: optionalText,
  locale: optionalText,
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
  created_at: moment,
  updated_at: moment,
});

/** The same from the list and from a webhook, so that the newer of the two counts whatever comes first. */
export function userItem(row: UserRow): Item {
  const payload = Object.fromEntries(Object.entries(row).filter(([name]) => KEPT.includes(name)));
  return { stream: 'users', externalId: row.user_id, version: row.updated_at, payload };
}

export function goneItem(id: string, at: string): Item {
  return { stream: 'users', externalId: id, version: at, payload: { user_id: id, deleted: true } };
}
