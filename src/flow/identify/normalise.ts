import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

/** A btree entry of links holds two values; longer ones would not fit, and no person is called so. */
const MAX_LENGTH = 400;
const MAX_EMAIL_LENGTH = 254;

/** Words that programs write where an id is missing. Taken as ids they would join strangers. */
const BLOCKED = new Set([
  'null',
  'none',
  'undefined',
  'nan',
  'true',
  'false',
  'anonymous',
  'guest',
  'test',
  'unknown',
  'n/a',
  '[object object]',
]);
/** Also the nil UUID. */
const ZEROS_AND_DASHES = /^[0-]*$/;

/** Mailboxes that several people read: addresses to write to, never a reason to join two people. */
const ROLE_MAILBOXES = new Set(
  `abuse admin billing compliance contact devnull dns ftp hello hostmaster info inoc ispfeedback ispsupport jobs list
   list-request maildaemon marketing noc no-reply noreply null office phish phishing postmaster privacy registrar root
   sales security spam support sysadmin tech undisclosed-recipients unsubscribe usenet uucp webmaster www`.split(
    /\s+/,
  ),
);
/** Providers that deliver name+anything to name. Elsewhere two people may differ by it. */
const PLUS_PROVIDERS = new Set([
  'gmail.com',
  'outlook.com',
  'hotmail.com',
  'live.com',
  'icloud.com',
  'fastmail.com',
  'proton.me',
  'protonmail.com',
]);

/** The form that is compared, or null for what must never join two records. `country` reads local phone numbers. */
export function matchForm(
  kind: string,
  given: string,
  options: { country?: string | undefined } = {},
): string | null {
  const text = given.trim().normalize('NFC');
  if (text.length > MAX_LENGTH || BLOCKED.has(text.toLowerCase()) || ZEROS_AND_DASHES.test(text)) return null;
  if (kind === 'email') return matchEmail(text);
  if (kind === 'phone') return matchPhone(text, options.country);
  return text;
}

/** As shown: an address without the provider's rules, a phone in E.164, anything else as it is compared. */
export function shownForm(kind: string, value: string, given: string): string {
  return kind === 'email' ? (cleanEmail(given) ?? value) : value;
}

/** Trimmed, lower case, NFC, the domain as A-labels; null if it is no address. */
export function cleanEmail(given: string): string | null {
  const text = given.trim().normalize('NFC').toLowerCase();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = domainToASCII(text.slice(at + 1));
  if (
    at < 1 ||
    text.length > MAX_EMAIL_LENGTH ||
    /[\s@<>,;]/.test(local) ||
    !/^[^.\s].*\.[^.\s]+$/.test(domain)
  )
    return null;
  return `${local}@${domain}`;
}

/** The form suppressions and deliveries compare: provider rules applied, role mailboxes too. */
export function matchAddress(given: string): string | null {
  const clean = cleanEmail(given);
  if (!clean) return null;
  const at = clean.lastIndexOf('@');
  const domain = clean.slice(at + 1) === 'googlemail.com' ? 'gmail.com' : clean.slice(at + 1);
  let local = clean.slice(0, at);
  if (PLUS_PROVIDERS.has(domain)) local = local.replace(/(?<=.)\+.*$/, '');
  if (domain === 'gmail.com') local = local.replaceAll('.', '');
  return local === '' ? null : `${local}@${domain}`;
}

export function isRoleMailbox(address: string): boolean {
  return ROLE_MAILBOXES.has(address.slice(0, address.lastIndexOf('@')).toLowerCase());
}

function matchEmail(text: string): string | null {
  const address = matchAddress(text);
  return address && !isRoleMailbox(address) ? address : null;
}

/** E.164. An extension is not part of it: a switchboard is told apart by nobody. */
function matchPhone(text: string, country: string | undefined): string | null {
  const code = country?.toUpperCase();
  const phone = parsePhoneNumberFromString(
    text,
    code && isSupportedCountry(code) ? (code as CountryCode) : undefined,
  );
  if (!phone?.isValid() || isOneDigit(phone.nationalNumber)) return null;
  return phone.number;
}

function isOneDigit(digits: string): boolean {
  return new Set(digits).size === 1;
}
