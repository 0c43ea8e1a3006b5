import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { HookRequest } from '../contract.ts';

/** A signature older than this may be a recording that somebody plays back. */
export const TOLERANCE_MS = 300_000;

/** The secrets in use: during a rotation the one before counts too. */
export type Secrets = (string | undefined)[];

/** Whether a text is one of the secrets, in a time that tells nothing of them. */
export function isOneOf(given: string | undefined, secrets: Secrets): boolean {
  const hash = digest(given ?? '');
  const known = secrets.filter((secret) => secret !== undefined && secret !== '');
  const fits = known.map((secret) => timingSafeEqual(hash, digest(secret ?? '')));
  return Boolean(given) && fits.includes(true);
}

/** `Bearer <secret>`, or the secret alone: what senders put into the header differs. */
export function bearerOf(header: string | undefined): string | undefined {
  return header?.replace(/^bearer\s+/i, '').trim();
}

type Names = { id: string; timestamp: string; signature: string };
export const STANDARD: Names = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
};
export const SVIX: Names = { id: 'svix-id', timestamp: 'svix-timestamp', signature: 'svix-signature' };

/**
 * Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, several allowed in one header. The key is the
 * secret's base64 after `whsec_` (Supabase writes `v1,whsec_`).
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function isStandardSigned(request: HookRequest, secrets: Secrets, names: Names = STANDARD): boolean {
  const { headers, body, receivedAt } = request;
  const [id, timestamp, header] = [headers[names.id], headers[names.timestamp], headers[names.signature]];
  if (!id || !header || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
  const isFresh = Math.abs(receivedAt.getTime() - Number(timestamp) * 1000) <= TOLERANCE_MS;
  const given = header.split(' ').flatMap((part) => (part.startsWith('v1,') ? part.slice(3) : []));
  const expected = secrets.flatMap((secret) =>
    secret ? hmac(keyOf(secret), [`${id}.${timestamp}.`, body]).toString('base64') : [],
  );
  return given.filter((one) => isOneOf(one, expected)).length > 0 && isFresh;
}

/** HMAC-SHA256 over the raw body, in hex or base64, with or without `sha256=` before it. */
export function isPlainSigned({ body }: HookRequest, header: string | undefined, secrets: Secrets): boolean {
  const given = header?.trim().replace(/^sha256=/i, '');
  const expected = secrets.flatMap((secret) => {
    if (!secret) return [];
    const signature = hmac(Buffer.from(secret), [body]);
    return [signature.toString('hex'), signature.toString('base64')];
  });
  const isHex = /^[0-9a-f]{64}$/i.test(given ?? '');
  return isOneOf(isHex ? given?.toLowerCase() : given, expected);
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^(v1,)?whsec_/, ''), 'base64');
}

function hmac(key: Buffer, parts: (string | Uint8Array)[]): Buffer {
  const sum = createHmac('sha256', key);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
