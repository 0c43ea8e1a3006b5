import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import type { MetaAdsSettings } from './settings.ts';

const change = z.object({
  field: z.string(),
  value: z.looseObject({ leadgen_id: z.coerce.string(), page_id: z.coerce.string() }),
});
const notice = z.object({ entry: z.array(z.object({ changes: z.array(z.unknown()).default([]) })) });

export const hooks: Hooks<MetaAdsSettings> = { verify };

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started */
function verify(request: HookRequest, settings: MetaAdsSettings): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: shakeHands(request, settings) };
  if (!settings.appSecret)
    return { answer: { status: 401, body: 'The app secret is missing in the settings.' } };
  if (!isSigned(request, settings.appSecret))
    return { answer: { status: 401, body: 'The signature does not fit.' } };
  const parsed = notice.safeParse(parse(request.body));
  if (!parsed.success) return { answer: { status: 400, body: 'This is not a notice.' } };
  return { items: parsed.data.entry.flatMap(({ changes }) => changes.flatMap(itemOf)) };
}

function shakeHands({ query }: HookRequest, { verifyToken }: MetaAdsSettings): HookAnswer {
  const isOurs =
    query['hub.mode'] === 'subscribe' && verifyToken && equal(query['hub.verify_token'] ?? '', verifyToken);
  return isOurs
    ? { status: 200, body: query['hub.challenge'] ?? '' }
    : { status: 403, body: 'The verify token does not fit.' };
}

/** Over the bytes as they came: Meta signs its own escaped form of the text. */
function isSigned({ headers, body }: HookRequest, secret: string): boolean {
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return equal(headers['x-hub-signature-256'] ?? '', expected);
}

function itemOf(given: unknown): Item[] {
  const parsed = change.safeParse(given);
  if (!parsed.success || parsed.data.field !== 'leadgen') return [];
  const { value } = parsed.data;
  return [{ stream: 'lead_notices', externalId: value.leadgen_id, version: '', payload: value }];
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Ids are numbers of more than 53 bits here and there: they are read as text. */
function parse(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(
      text.replace(/("(?:leadgen_id|page_id|form_id|ad_id|adgroup_id)"\s*:\s*)(\d{16,})/g, '$1"$2"'),
    );
  } catch {
    return null;
  }
}
