import { z } from 'zod';
import type { Item } from '../contract.ts';
import { moment, optionalMoment, optionalText } from '../reading/answers.ts';

/** What is kept of a user. A database webhook sends the whole row: password hash and sign-in tokens among it. */
const KEPT = [
  'id',
  'email',
  'phone',
  'email_confirmed_at',
  'phone_confirmed_at',
  'created_at',
  'updated_at',
  'last_sign_in_at',
  'is_anonymous',
  'deleted_at',
];

export const userRow = z.looseObject({
  id: z.string(),
  created_at: z.string(),
  updated_at: z.string().nullish(),
});
export type UserRow = z.infer<typeof userRow>;

export const user = z.object({
  id: z.string(),
  email: optionalText,
  phone: optionalText,
  email_confirmed_at: optionalMoment,
  phone_confirmed_at: optionalMoment,
  created_at: moment,
  updated_at: optionalMoment,
  deleted_at: optionalMoment,
  is_anonymous: z.boolean().nullish(),
  metadata: z.record(z.string(), z.unknown()).default({}),
});

/** The list and the webhook name what a person wrote of themselves differently. */
export function userItem(row: UserRow): Item {
  const kept = Object.entries(row).filter(([name]) => KEPT.includes(name));
  const metadata = row.user_metadata ?? row.raw_user_meta_data ?? {};
  return {
    stream: 'users',
    externalId: row.id,
    version: versionOf(row.updated_at ?? row.created_at),
    payload: { ...Object.fromEntries(kept), metadata },
  };
}

/** One spelling of one instant, since both are compared: to the millisecond. */
function versionOf(time: string): string {
  const at = moment.safeParse(time);
  return at.success ? at.data.toISOString() : time;
}
