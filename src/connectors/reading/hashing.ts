import { createHash } from 'node:crypto';

const DOTLESS = new Set(['gmail.com', 'googlemail.com']);

/** SHA-256 in lower-case hex, as every ad platform asks for. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Trimmed and in lower case: what Meta hashes. */
export function plainEmail(given: string): string {
  return given.trim().toLowerCase();
}

/** Google reads its own mailboxes without dots and without what follows a plus. */
export function googleEmail(given: string): string {
  const text = plainEmail(given);
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  if (!DOTLESS.has(domain)) return text;
  return `${text.slice(0, at).replace(/\+.*$/, '').replaceAll('.', '')}@${domain}`;
}

/** Digits with the country code, no plus and no leading noughts: Meta's form of `+4930123456`. */
export function digitsOnly(phone: string): string {
  return phone.replace(/\D/g, '').replace(/^0+/, '');
}
