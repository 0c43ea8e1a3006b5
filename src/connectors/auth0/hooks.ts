import { z } from 'zod';
import type { Context, HookRequest, Hooks, Item } from '../contract.ts';
import { answer, readHookBody } from '../reading/hook-body.ts';
import { bearerOf, isOneOf } from '../reading/signatures.ts';
import { ask } from './client.ts';
import { goneItem, userItem, userRow } from './rows.ts';
import type { Auth0Settings } from './settings.ts';

/** Lines of the tenant's log after which a user is another: signed up, verified, changed address or number. */
const LOGGED_CHANGES = new Set(['ss', 'sv', 'sce', 'scpn', 'scu']);
const LOGGED_DELETION = 'sdu';

const event = z.object({
  type: z.string(),
  time: z.string(),
  data: z.object({ object: z.looseObject({ user_id: z.string() }) }),
});
const logLine = z.object({
  log_id: z.string(),
  data: z.looseObject({ type: z.string(), date: z.string(), user_id: z.string().optional() }),
});

export const hooks: Hooks<Auth0Settings> = { verify };

/**
 * Event streams send what a user is now, log streams only that something happened to one. Neither is signed: the
 * token the admin chose proves the sender. https://auth0.com/docs/customize/events
 */
function verify(request: HookRequest, settings: Auth0Settings) {
  if (request.method !== 'POST') return answer(200, 'Ready.');
  if (!settings.webhookSecret) return answer(401, 'The webhook token is missing in the settings.');
  const token = bearerOf(request.headers.authorization);
  if (!isOneOf(token, [settings.webhookSecret, settings.previousWebhookSecret]))
    return answer(401, 'The token does not fit.');
  const body = readHookBody(request.body);
  const given = z.array(z.unknown()).safeParse(Array.isArray(body) ? body : [body]).data ?? [];
  if (given.length === 0 || !given.every(isNotice)) return answer(400, 'This is not a notice.');
  return { items: given.flatMap(itemsOf) };
}

/** A user that the log only named is asked for; one that is gone by then is taken back. */
export async function complete(ctx: Context<Auth0Settings>, item: Item): Promise<Item> {
  if (item.stream !== 'user_notices') return item;
  const id = item.externalId;
  const row = await ask(ctx, `/users/${encodeURIComponent(id)}`, {}, userRow);
  return row ? userItem(row) : goneItem(id, String(item.payload.date ?? ctx.clock().toISOString()));
}

function isNotice(given: unknown): boolean {
  return event.safeParse(given).success || logLine.safeParse(given).success;
}

function itemsOf(given: unknown): Item[] {
  const told = event.safeParse(given);
  if (told.success) return itemsOfEvent(told.data);
  const logged = logLine.safeParse(given);
  return logged.success ? itemsOfLine(logged.data.data) : [];
}

function itemsOfEvent({ type, time, data }: z.infer<typeof event>): Item[] {
  if (type === 'user.deleted') return [goneItem(data.object.user_id, time)];
  const row = userRow.safeParse(data.object);
  return (type === 'user.created' || type === 'user.updated') && row.success ? [userItem(row.data)] : [];
}

function itemsOfLine({ type, date, user_id: id }: z.infer<typeof logLine>['data']): Item[] {
  if (!id) return [];
  if (type === LOGGED_DELETION) return [goneItem(id, date)];
  return LOGGED_CHANGES.has(type)
    ? [{ stream: 'user_notices', externalId: id, version: date, payload: { user_id: id, date } }]
    : [];
}
