import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a word is one of the secrets; every one is compared, each in constant time whatever its length. */
export function isOneOf(given: string | undefined, secrets: (string | undefined)[]): boolean {
  const good = secrets.filter((secret) => secret !== undefined && secret !== '');
  const known = given === undefined ? null : digest(given);
  return good.map((secret) => known !== null && timingSafeEqual(known, digest(secret!))).includes(true);
}

/** The password of `Authorization: Basic …`; undefined where there is none. */
export function basicPassword(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  if (!encoded) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}

/** The token of `Authorization: Bearer …`. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
