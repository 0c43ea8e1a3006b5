import { z } from 'zod';
import { defineConnector, type HookRequest, type Item, type MappedRecord } from '../contract.ts';
import { readPayload, withoutUnset } from '../reading/answers.ts';
import { answer, readHookBody } from '../reading/hook-body.ts';
import { accountRecords } from '../reading/people.ts';
import { isStandardSigned, SVIX } from '../reading/signatures.ts';
import { guide } from './guide.ts';
import { type User, user, userItem, userRow } from './rows.ts';
import { type ClerkSettings, settings } from './settings.ts';
import { totals } from './totals.ts';
import { countUsers, usersStream } from './users.ts';

export default defineConnector<ClerkSettings>({
  key: 'clerk',
  name: 'Clerk',
  category: 'signups',
  summary: 'Who signed up with Clerk, with their profile; changes at once by webhook.',
  guide,
  settings,
  streams: [usersStream],
  map,
  hooks: { verify },
  totals,
  check: async (ctx) => `${(await countUsers(ctx)).toLocaleString('en')} users`,
});

const notice = z.object({
  type: z.string(),
  timestamp: z.number().optional(),
  data: z.looseObject({ id: z.string() }),
});

/** https://clerk.com/docs/webhooks/overview : signed by Svix. */
function verify(request: HookRequest, given: ClerkSettings) {
  if (request.method !== 'POST') return answer(200, 'Ready.');
  const secrets = [given.webhookSecret, given.previousWebhookSecret];
  if (!given.webhookSecret) return answer(401, 'The signing secret is missing in the settings.');
  if (!isStandardSigned(request, secrets, SVIX)) return answer(401, 'The signature does not fit.');
  const parsed = notice.safeParse(readHookBody(request.body));
  if (!parsed.success) return answer(400, 'This is not a notice.');
  return { items: itemsOf(parsed.data, request.receivedAt) };
}

function itemsOf({ type, timestamp, data }: z.infer<typeof notice>, receivedAt: Date): Item[] {
  if (type === 'user.deleted') {
    const version = String(timestamp ?? receivedAt.getTime());
    return [{ stream: 'users', externalId: data.id, version, payload: { id: data.id, deleted: true } }];
  }
  const row = userRow.safeParse(data);
  return type.startsWith('user.') && row.success ? [userItem(row.data)] : [];
}

function map(item: Item, given: ClerkSettings): MappedRecord[] {
  if (item.payload.deleted === true) return [{ type: 'removed', key: '' }];
  const found = readPayload(item.payload, user);
  const email = primaryOf(found.email_addresses, found.primary_email_address_id);
  const phone = primaryOf(found.phone_numbers, found.primary_phone_number_id);
  return accountRecords({
    id: found.id,
    userId: given.isUserId ? (found.external_id ?? found.id) : undefined,
    email: email && { value: email.email_address, isVerified: email.verification?.status === 'verified' },
    phone: phone && { value: phone.phone_number, isVerified: phone.verification?.status === 'verified' },
    traits: {
      ...publicTraits(found),
      firstName: found.first_name,
      lastName: found.last_name,
      name: nameOf(found),
      username: found.username,
    },
    createdAt: found.created_at,
    changedAt: found.updated_at,
    method: 'clerk',
  });
}

function primaryOf<One extends { id?: string | undefined }>(
  all: One[],
  id: string | undefined,
): One | undefined {
  return all.find((one) => one.id === id) ?? (id ? undefined : all[0]);
}

function nameOf({ first_name, last_name }: User): string | undefined {
  return [first_name, last_name].filter(Boolean).join(' ') || undefined;
}

/** What the business itself wrote beside a user for all to see. */
function publicTraits({ public_metadata }: User): Record<string, unknown> {
  return withoutUnset({ ...public_metadata });
}
