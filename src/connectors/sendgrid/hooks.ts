import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { z } from 'zod';
import type { HookAnswer, HookRequest, Hooks, Item } from '../contract.ts';
import type { SendgridSettings } from './settings.ts';

/** SendGrid prescribes no limit; deliveries that had to wait are signed anew each time. */
const TOLERANCE_MS = 600_000;
const batch = z.array(z.looseObject({ sg_event_id: z.string().optional() }));

export const hooks: Hooks<SendgridSettings> = { verify };

/**
 * The Signed Event Webhook: ECDSA over the time and the bytes as they came, line end included.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
function verify(
  request: HookRequest,
  settings: SendgridSettings,
): { items: Item[] } | { answer: HookAnswer } {
  if (request.method !== 'POST') return { answer: { status: 200, body: 'Ready.' } };
  if (!settings.verification)
    return {
      answer: { status: 403, body: 'Give the verification key in the settings of this source first.' },
    };
  if (!isSigned(request, settings)) return { answer: { status: 401, body: 'The signature does not fit.' } };
  const events = batch.parse(JSON.parse(Buffer.from(request.body).toString('utf8')));
  return { items: events.map(toItem) };
}

function isSigned({ headers, body, receivedAt }: HookRequest, settings: SendgridSettings): boolean {
  const signature = headers['x-twilio-email-event-webhook-signature'] ?? '';
  const timestamp = headers['x-twilio-email-event-webhook-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || signature === '') return false;
  const isFresh = Math.abs(receivedAt.getTime() - Number(timestamp) * 1000) <= TOLERANCE_MS;
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  const keys = [settings.verification, settings.previousVerification].filter((key) => key !== undefined);
  return isFresh && keys.some((key) => isSignedBy(key, signed, signature));
}

function isSignedBy(key: string, signed: Buffer, signature: string): boolean {
  try {
    const der = Buffer.from(key.replace(/\s/g, ''), 'base64');
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return verifySignature('sha256', signed, publicKey, Buffer.from(signature, 'base64'));
  } catch {
    // What is no key, or no signature, proves nothing.
    return false;
  }
}

/** Deliveries are repeated for a day, in any order: each event is known by its own id. */
function toItem(payload: z.infer<typeof batch>[number]): Item {
  const externalId =
    payload.sg_event_id ?? createHash('sha256').update(JSON.stringify(payload)).digest('hex');
  return { stream: 'events', externalId, version: '', payload };
}
