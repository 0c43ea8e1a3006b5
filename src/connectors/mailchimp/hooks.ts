import { createHash } from 'node:crypto';
import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import type { MailchimpSettings } from './settings.ts';

const KINDS = new Set(['subscribe', 'unsubscribe', 'profile', 'upemail', 'cleaned']);

export const hooks: Hooks<MailchimpSettings> = { verify };

/**
 * Mailchimp signs nothing: the secret is the path. Before it saves an address it asks it with GET, sometimes with
 * an empty POST. https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
function verify({ method, body }: HookRequest): { items: Item[] } | { answer: HookAnswer } {
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  const type = form.get('type');
  if (method !== 'POST' || !type || !KINDS.has(type)) return { answer: { status: 200, body: 'Ready.' } };
  const payload = unfold(form);
  // The same notice sent again is byte for byte the same: retries go on for over an hour.
  const externalId = createHash('sha256').update(body).digest('hex').slice(0, 32);
  return { items: [{ stream: 'notices', externalId, version: '', payload }] };
}

/** `data[merges][FNAME]=Ada` becomes `{data: {merges: {FNAME: 'Ada'}}}`. */
function unfold(form: URLSearchParams): Record<string, unknown> {
  const root = new Map<string, unknown>();
  for (const [name, value] of form) place(root, name.split(/[[\]]+/).filter(Boolean), value);
  return plain(root);
}

function place(into: Map<string, unknown>, [first = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    into.set(first, value);
    return;
  }
  const found = into.get(first);
  const inner = found instanceof Map ? found : new Map<string, unknown>();
  into.set(first, inner);
  place(inner, rest, value);
}

/** `fromEntries` makes own properties only, so a field called `__proto__` is a field. */
function plain(map: Map<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    [...map].map(([key, value]) => [key, value instanceof Map ? plain(value) : value]),
  );
}
