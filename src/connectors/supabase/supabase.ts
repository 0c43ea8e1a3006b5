import { z } from 'zod';
import {
  type Context,
  defineConnector,
  type HookRequest,
  type Item,
  type MappedRecord,
} from '../contract.ts';
import { readPayload } from '../reading/answers.ts';
import { answer, readHookBody } from '../reading/hook-body.ts';
import { accountRecords } from '../reading/people.ts';
import { bearerOf, isOneOf } from '../reading/signatures.ts';
import { guide } from './guide.ts';
import { user, userItem, userRow } from './rows.ts';
import { type SupabaseSettings, settings } from './settings.ts';
import { totals } from './totals.ts';
import { listUsers, usersStream } from './users.ts';

type Ctx = Context<SupabaseSettings>;

export default defineConnector<SupabaseSettings>({
  key: 'supabase',
  name: 'Supabase',
  category: 'signups',
  summary: 'Who signed up with Supabase Auth, with their profile; changes at once by database webhook.',
  guide,
  settings,
  streams: [usersStream],
  map,
  hooks: { verify },
  totals,
  check,
});

const notice = z.object({
  type: z.enum(['INSERT', 'UPDATE', 'DELETE']),
  schema: z.string(),
  table: z.string(),
  record: z.unknown(),
  old_record: z.unknown(),
});

/** https://supabase.com/docs/guides/database/webhooks : unsigned, so a word in a header proves the sender. */
function verify(request: HookRequest, given: SupabaseSettings) {
  if (request.method !== 'POST') return answer(200, 'Ready.');
  if (!given.webhookSecret) return answer(401, 'The webhook secret is missing in the settings.');
  const word = request.headers['x-webhook-secret'] ?? bearerOf(request.headers.authorization);
  if (!isOneOf(word, [given.webhookSecret, given.previousWebhookSecret]))
    return answer(401, 'The secret does not fit.');
  const parsed = notice.safeParse(readHookBody(request.body));
  if (!parsed.success) return answer(400, 'This is not a notice about a row.');
  const { schema, table } = parsed.data;
  if (schema !== 'auth' || table !== 'users') return answer(200, 'Only auth.users is read.');
  return { items: itemsOf(parsed.data, request.receivedAt) };
}

function itemsOf({ type, record, old_record }: z.infer<typeof notice>, receivedAt: Date): Item[] {
  const row = userRow.safeParse(type === 'DELETE' ? old_record : record);
  if (!row.success) return [];
  if (type !== 'DELETE') return [userItem(row.data)];
  const payload = { id: row.data.id, deleted: true };
  return [{ stream: 'users', externalId: row.data.id, version: receivedAt.toISOString(), payload }];
}

function map(item: Item, given: SupabaseSettings): MappedRecord[] {
  if (item.payload.deleted === true) return [{ type: 'removed', key: '' }];
  const found = readPayload(item.payload, user);
  if (found.deleted_at) return [{ type: 'removed', key: '' }];
  // Somebody who has given no name or address yet; they come again when they do.
  if (found.is_anonymous) return [];
  return accountRecords({
    id: found.id,
    userId: given.isUserId ? found.id : undefined,
    email: found.email
      ? { value: found.email, isVerified: found.email_confirmed_at !== undefined }
      : undefined,
    // Kept without the plus that begins an international number.
    phone: found.phone
      ? { value: found.phone.replace(/^(?=\d)/, '+'), isVerified: found.phone_confirmed_at !== undefined }
      : undefined,
    traits: traitsOf(found.metadata),
    createdAt: found.created_at,
    changedAt: found.updated_at ?? found.created_at,
    method: 'supabase',
  });
}

/** What people wrote of themselves at signup. Addresses in it are unproven, and the account's own count. */
function traitsOf(metadata: Record<string, unknown>): Record<string, unknown> {
  const {
    email: _email,
    phone: _phone,
    sub: _sub,
    full_name,
    email_verified: _e,
    phone_verified: _p,
    ...rest
  } = metadata;
  return { ...(full_name ? { name: full_name } : {}), ...rest };
}

async function check(ctx: Ctx): Promise<string> {
  const { users, total } = await listUsers(ctx, 1, 1);
  return total === undefined
    ? `Users can be read${users.length === 0 ? '; there are none yet' : ''}`
    : `${total.toLocaleString('en')} users`;
}
