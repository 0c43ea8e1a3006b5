import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineConnector, type HookRequest, type Item } from '../contract.ts';
import { answer, readHookBody } from '../reading/hook-body.ts';
import { isPlainSigned, isStandardSigned, STANDARD } from '../reading/signatures.ts';
import { guide } from './guide.ts';
import { map } from './map.ts';
import { settings, type WebhookSettings } from './settings.ts';

/** Whatever can send signed JSON. */
export default defineConnector<WebhookSettings>({
  key: 'webhook',
  name: 'Webhook',
  category: 'web',
  summary: 'Anything that can send signed JSON. You say on a page which field means what.',
  guide,
  settings,
  // Nothing is fetched: the sender comes to us.
  streams: [],
  uncompared: 'The sender comes to us and cannot be asked how much it has sent.',
  map,
  hasFieldMapping: true,
  hooks: { verify },
  check: async () => 'Ready to receive signed JSON.',
});

const object = z.record(z.string(), z.unknown());
const MOST_ID = 200;

function verify(request: HookRequest, given: WebhookSettings): ReturnType<typeof answer> | { items: Item[] } {
  if (request.method !== 'POST') return answer(200, 'Ready.');
  const secrets = [given.secret, given.previousSecret];
  if (!given.secret) return answer(401, 'The signing secret is missing in the settings.');
  const isSigned = given.signatureHeader
    ? isPlainSigned(request, request.headers[given.signatureHeader], secrets)
    : isStandardSigned(request, secrets);
  if (!isSigned) return answer(401, 'The signature does not fit.');
  const body = readHookBody(request.body);
  const things = Array.isArray(body) ? body : [body];
  const parsed = z.array(object).min(1).safeParse(things);
  if (!parsed.success) return answer(400, 'The body is to be a JSON object, or a list of them.');
  const id = idOf(request, given);
  // A list is one delivery of several messages, each known by its place.
  const items = parsed.data.map((one, at) => toItem(Array.isArray(body) ? `${id}:${at}` : id, one, request));
  return { items };
}

/**
 * Known by the sender's own id, so that a retry is the same item; where that is not signed, by its bytes. The
 * version never changes, since a message once sent does not, but it lets what it gave rise to be written anew when
 * the fields get another meaning.
 */
function toItem(id: string, body: Record<string, unknown>, { receivedAt }: HookRequest): Item {
  const payload = { body, receivedAt: receivedAt.toISOString() };
  return { stream: 'messages', externalId: id, version: '1', payload };
}

function idOf({ headers, body }: HookRequest, { signatureHeader }: WebhookSettings): string {
  const id = signatureHeader ? '' : (headers[STANDARD.id] ?? '').trim();
  return id !== '' && id.length <= MOST_ID
    ? id
    : createHash('sha256').update(body).digest('hex').slice(0, 32);
}
