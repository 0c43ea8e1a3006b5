import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import { basicPassword, isOneOf } from '../reading/passwords.ts';
import { bounceItem, changeItem, deliveryItem, signItem } from './items.ts';
import { bounceRow, changeRow, deliveryRow, notice, signRow } from './rows.ts';
import type { PostmarkSettings } from './settings.ts';

export const hooks: Hooks<PostmarkSettings> = { verify };

const ITEMS: Record<string, (body: unknown) => Item> = {
  Delivery: (body) => deliveryItem(deliveryRow.parse(body)),
  Open: (body) => signItem('opens', signRow.parse(body)),
  Click: (body) => signItem('clicks', signRow.parse(body)),
  Bounce: (body) => bounceItem(bounceRow.parse(body)),
  SpamComplaint: (body) => bounceItem(bounceRow.parse(body)),
  SubscriptionChange: (body) => changeItem(changeRow.parse(body)),
};

/**
 * Postmark signs nothing: the address is secret, and a password where one was set.
 * https://postmarkapp.com/developer/webhooks/webhooks-overview
 */
function verify(
  request: HookRequest,
  settings: PostmarkSettings,
): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  const passwords = [settings.webhookPassword, settings.previousWebhookPassword];
  const given = basicPassword(request.headers.authorization);
  // A 403 would make Postmark give up for good what a corrected password could still bring.
  if (settings.webhookPassword && !isOneOf(given, passwords))
    return { answer: { status: 401, body: 'The password does not fit.' } };
  const body = notice.parse(JSON.parse(Buffer.from(request.body).toString('utf8')));
  const toItem = ITEMS[body.RecordType];
  return toItem ? { items: [toItem(body)] } : { answer: { status: 200, body: 'Not kept.' } };
}
