import { z } from 'zod';
import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { optionalText } from '../reading/answers.ts';
import { bearerToken, isOneOf } from '../reading/passwords.ts';
import { contactId } from './contacts.ts';
import { eventItem, kindOf } from './events.ts';
import type { BrevoSettings } from './settings.ts';

export const hooks: Hooks<BrevoSettings> = { verify };

/** Names differ between kinds of event, so each thing is looked for under all its names. */
const notice = z.looseObject({
  event: z.string(),
  email: z.union([z.string(), z.array(z.string())]),
  ts_event: z.number().optional(),
  ts_epoch: z.number().optional(),
  ts: z.number().optional(),
  camp_id: optionalText,
  'campaign name': optionalText,
  'message-id': optionalText,
  subject: optionalText,
  URL: optionalText,
  link: optionalText,
  reason: optionalText,
  list_id: z.union([z.number(), z.array(z.number())]).nullish(),
});
type Notice = z.infer<typeof notice>;

/** Brevo signs nothing: the token is what it was given. https://developers.brevo.com/docs/marketing-webhooks */
function verify(request: HookRequest, settings: BrevoSettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  if (!settings.hookToken)
    return { answer: { status: 403, body: 'Give the webhook token in the settings of this source first.' } };
  const tokens = [settings.hookToken, settings.previousHookToken];
  if (!isOneOf(bearerToken(request.headers.authorization), tokens))
    return { answer: { status: 401, body: 'The token does not fit.' } };
  const body: unknown = JSON.parse(Buffer.from(request.body).toString('utf8'));
  const told = z.array(notice).parse(Array.isArray(body) ? body : [body]);
  return { items: told.flatMap((one) => itemsOf(one, request.receivedAt)) };
}

function itemsOf(given: Notice, receivedAt: Date): Item[] {
  const at = timeOf(given) ?? receivedAt;
  const kind = kindOf(given.event);
  // The next sync brings what a contact has become; only that it is gone no sync can tell.
  if (kind === 'contactupdated') return [];
  return [given.email].flat().map((email) =>
    kind === 'contactdeleted'
      ? {
          stream: 'contacts',
          externalId: contactId(email),
          version: `deleted ${at.toISOString()}`,
          payload: { email, deleted: true },
        }
      : eventItem({
          kind,
          email,
          at: at.toISOString(),
          campaignId: given.camp_id,
          campaign: given['campaign name'],
          subject: given.subject,
          messageId: given['message-id'],
          url: given.URL ?? given.link,
          reason: given.reason,
          lists: [given.list_id ?? []].flat(),
        }),
  );
}

/** `ts_event` is UTC; `ts` is what older events have. The written dates are of zones nobody names. */
function timeOf({ ts_event, ts_epoch, ts }: Notice): Date | null {
  if (ts_event !== undefined) return new Date(ts_event * 1000);
  if (ts_epoch !== undefined) return new Date(ts_epoch);
  return ts === undefined ? null : new Date(ts * 1000);
}
