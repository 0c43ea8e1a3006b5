import { z } from 'zod';
import type { Item } from '../contract.ts';
import { optionalText } from '../reading/answers.ts';

/** Milliseconds since 1970. */
const instant = z.number().transform((ms) => new Date(ms));

/** What is kept of a user. Private metadata and everything about passwords stay where they are. */
const KEPT = [
  'id',
  'external_id',
  'username',
  'first_name',
  'last_name',
  'primary_email_address_id',
  'primary_phone_number_id',
  'email_addresses',
  'phone_numbers',
  'public_metadata',
  'banned',
  'created_at',
  'updated_at',
  'last_sign_in_at',
];

export const userRow = z.looseObject({ id: z.string(), created_at: z.number(), updated_at: z.number() });
export type UserRow = z.infer<typeof userRow>;

const verification = z.object({ status: z.string().nullish() }).nullish();
export const user = z.object({
  id: z.string(),
  external_id: optionalText,
  username: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  primary_email_address_id: optionalText,
  primary_phone_number_id: optionalText,
  email_addresses: z
    .array(z.object({ id: optionalText, email_address: z.string(), verification }))
    .default([]),
  phone_numbers: z.array(z.object({ id: optionalText, phone_number: z.string(), verification })).default([]),
  public_metadata: z.record(z.string(), z.unknown()).nullish(),
  created_at: instant,
  updated_at: instant,
});
export type User = z.infer<typeof user>;

/** The same from a list and from a webhook, so that the newer of the two counts whatever comes first. */
export function userItem(row: UserRow): Item {
  const payload = Object.fromEntries(Object.entries(row).filter(([name]) => KEPT.includes(name)));
  return { stream: 'users', externalId: row.id, version: String(row.updated_at), payload };
}
