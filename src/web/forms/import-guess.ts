import { DateTime } from 'luxon';
import { toDecimal } from '../../base/decimal.ts';
import type { Sample } from '../../flow/collect/csv/sample.ts';
import type { UploadKind } from '../../flow/collect/csv/uploads.ts';
import type { ImportForm } from './import-form.ts';

type Role = ImportForm['columns'][number]['role'];

/** What headers are called in exports of shops and mail tools, in English and German, without signs. */
const NAMES: [Role, RegExp][] = [
  ['email', /^(e?mail|(customer|user|contact|billing|kunden)e?mail|e?mail(address|adresse))$/],
  ['phone', /^(phone|mobile|tel|telephone|telefon|handy|mobil)(number|nummer)?$/],
  ['anonymous_id', /^(anonymous|cookie|device)id$/],
  [
    'user_id',
    /^(customer|user|member|client|contact|kunden|person|profile)?(id|nr|no|number|nummer)$|^customer$|^user$/,
  ],
  ['occurredAt', /(date|datum|time|zeit)$|^(created|updated|ordered|paid|purchased)(at|on)$/],
  ['value', /^(amount|value|total|revenue|price|sum|betrag|summe|preis|umsatz|gesamt)/],
  ['currency', /^(currency|waehrung|wahrung)/],
  ['event', /^(event|eventname|eventtype|action|activity)$/],
];
const TRAITS: Readonly<Record<string, string>> = {
  firstname: 'firstName',
  vorname: 'firstName',
  lastname: 'lastName',
  nachname: 'lastName',
  fullname: 'name',
  name: 'name',
  land: 'country',
  stadt: 'city',
  ort: 'city',
  plz: 'postalCode',
  zip: 'postalCode',
  postalcode: 'postalCode',
  sprache: 'language',
};
const FORMATS = [
  'dd.MM.yyyy',
  'dd.MM.yyyy HH:mm',
  'dd.MM.yyyy HH:mm:ss',
  'M/d/yyyy',
  'M/d/yyyy H:mm',
  'd/M/yyyy',
  'd/M/yyyy H:mm',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'dd-MM-yyyy',
  'd LLL yyyy',
];
const EVENT_ROLES: Role[] = ['event', 'value', 'currency'];

/** A file with a time and money, or a time and names of events, is one of events. */
export function guessKind(sample: Sample): UploadKind {
  const roles = sample.columns.map((column, at) => guessRole(column, valuesOf(sample, at)));
  return roles.includes('occurredAt') && (roles.includes('value') || roles.includes('event'))
    ? 'events'
    : 'people';
}

/** What each column seems to be: by its name, and by what stands in it. Each single role is given once. */
export function guessForm(kind: UploadKind, sample: Sample, currency: string): ImportForm {
  const taken = new Set<Role>();
  const columns = sample.columns.map((column, at) => {
    const guessed = guessRole(column, valuesOf(sample, at));
    const isFree =
      guessed !== null && !taken.has(guessed) && (kind === 'events' || !EVENT_ROLES.includes(guessed));
    const role = isFree ? guessed : kind === 'events' ? ('property' as const) : ('trait' as const);
    taken.add(role);
    return { column, role, name: nameOf(column, role), isKnownBy: false };
  });
  const timeAt = columns.findIndex(({ role }) => role === 'occurredAt');
  return {
    kind,
    columns,
    eventName: taken.has('event') ? '' : 'order_placed',
    format: timeAt === -1 ? '' : guessFormat(valuesOf(sample, timeAt)),
    currency: taken.has('currency') ? '' : currency,
    consent: {
      column: '',
      channel: 'email',
      topic: 'newsletter',
      granted: 'yes, true, 1',
      withdrawn: 'no, false, 0',
    },
  };
}

function guessRole(column: string, values: string[]): Role | null {
  const plain = plainName(column);
  const found = NAMES.find(([, pattern]) => pattern.test(plain))?.[0] ?? null;
  if (found === 'value' && values.some((value) => !/\d/.test(value))) return null;
  if (found) return found;
  const share = (test: (value: string) => boolean) => values.filter(test).length / Math.max(values.length, 1);
  return share((value) => /^\S+@\S+\.\S+$/.test(value)) > 0.6 ? 'email' : null;
}

/** Empty is ISO 8601, which needs no pattern. */
function guessFormat(values: string[]): string {
  if (
    values.every(
      (value) => DateTime.fromISO(value.replace(' ', 'T')).isValid && toDecimal(value) === undefined,
    )
  )
    return '';
  return FORMATS.find((format) => values.every((value) => DateTime.fromFormat(value, format).isValid)) ?? '';
}

function nameOf(column: string, role: Role): string {
  const plain = plainName(column);
  if (role === 'property' && /^(order|invoice|bestell|rechnungs)(id|no|nr|number|nummer)$/.test(plain))
    return 'order_id';
  return role === 'trait' && Object.hasOwn(TRAITS, plain) ? TRAITS[plain]! : column;
}

function plainName(column: string): string {
  return column
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z]/g, '');
}

function valuesOf(sample: Sample, at: number): string[] {
  return sample.rows.map((row) => (row.cells[at] ?? '').trim()).filter((value) => value !== '');
}
