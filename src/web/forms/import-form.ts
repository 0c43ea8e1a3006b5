import { Invalid, type Issue } from '../../base/errors.ts';
import { type CsvMapping, csvMapping } from '../../connectors/csv/mapping.ts';
import type { UploadKind } from '../../flow/collect/csv/uploads.ts';

export const IDENTIFIER_ROLES = ['user_id', 'email', 'phone', 'anonymous_id'] as const;
export const COLUMN_ROLES = [
  'ignore',
  ...IDENTIFIER_ROLES,
  'occurredAt',
  'event',
  'value',
  'currency',
  'trait',
  'property',
] as const;
type Role = (typeof COLUMN_ROLES)[number];
type Column = { column: string; role: Role; name: string; isKnownBy: boolean };

/** The form of the mapping page: a role a column, and what belongs to the whole file. */
export type ImportForm = {
  kind: UploadKind;
  columns: Column[];
  eventName: string;
  format: string;
  currency: string;
  consent: { column: string; channel: string; topic: string; granted: string; withdrawn: string };
};

const SINGLE: Role[] = [...IDENTIFIER_ROLES, 'occurredAt', 'event', 'value', 'currency'];
const CONSENT_FIELDS = ['column', 'channel', 'topic', 'granted', 'withdrawn'] as const;

/** The form as it was sent: columns are fields by their place, as a header may hold any sign. */
export function readForm(kind: UploadKind, columns: string[], fields: Record<string, string>): ImportForm {
  const field = (name: string) => (fields[name] ?? '').trim();
  return {
    kind,
    columns: columns.map((column, at) => ({
      column,
      role: COLUMN_ROLES.find((role) => role === fields[`role_${at}`]) ?? 'ignore',
      name: field(`name_${at}`) || column,
      isKnownBy: fields[`known_${at}`] === 'on',
    })),
    eventName: field('eventName'),
    format: field('format'),
    currency: field('currency'),
    consent: {
      column: fields.consent_column ?? '',
      channel: field('consent_channel'),
      topic: field('consent_topic'),
      granted: field('consent_granted'),
      withdrawn: field('consent_withdrawn'),
    },
  };
}

/** The mapping a form says. Throws Invalid with the field at fault. */
export function toMapping(form: ImportForm): CsvMapping {
  const issues = findIssues(form);
  if (issues.length > 0) throw new Invalid(issues);
  const parsed = csvMapping.safeParse(withoutEmpty(draftMapping(form)));
  if (parsed.success) return parsed.data;
  throw new Invalid(parsed.error.issues.map(({ path, message }) => ({ path: fieldOf(path), message })));
}

/** A form as an earlier mapping had it; columns it did not name are left alone. */
export function fromMapping(kind: UploadKind, columns: string[], map: CsvMapping): ImportForm {
  const [consent] = map.consents ?? [];
  return {
    kind,
    columns: columns.map((column) => ({
      column,
      ...roleOf(map, column),
      isKnownBy: map.externalId?.includes(column) ?? false,
    })),
    eventName: typeof map.event === 'string' ? map.event : '',
    format: map.occurredAt?.format ?? '',
    currency: typeof map.currency === 'string' ? map.currency : '',
    consent: {
      column: consent?.column ?? '',
      channel: consent?.channel ?? 'email',
      topic: consent?.topic ?? '',
      granted: consent?.granted.join(', ') ?? '',
      withdrawn: consent?.withdrawn.join(', ') ?? '',
    },
  };
}

function findIssues({ kind, columns, eventName, consent }: ImportForm): Issue[] {
  const issues: Issue[] = [];
  for (const [at, { role, name }] of columns.entries()) {
    const isTwice = columns.some(
      (other, place) =>
        place < at &&
        other.role === role &&
        (SINGLE.includes(role) || (other.name === name && role !== 'ignore')),
    );
    if (isTwice) issues.push({ path: `role_${at}`, message: 'Another column is this already.' });
  }
  const has = (role: Role) => columns.some((column) => column.role === role);
  if (!IDENTIFIER_ROLES.some(has))
    issues.push({
      path: '',
      message: 'Say which column names the person: an id, an e-mail address or a phone.',
    });
  if (kind === 'events' && eventName === '' && !has('event'))
    issues.push({ path: 'eventName', message: 'Say what happened, or choose the column that says it.' });
  if (consent.column !== '' && consent.granted === '' && consent.withdrawn === '') {
    issues.push({ path: 'consent_granted', message: 'Say which words mean yes, or which mean no.' });
  }
  return issues;
}

function draftMapping(form: ImportForm): Record<string, unknown> {
  const columnOf = (role: Role) => form.columns.find((one) => one.role === role)?.column;
  const named = (role: Role) =>
    Object.fromEntries(
      form.columns.filter((one) => one.role === role).map(({ name, column }) => [name, column]),
    );
  const single = (role: Role) => (columnOf(role) ? { column: columnOf(role) } : undefined);
  const time = single('occurredAt');
  const isEvents = form.kind === 'events';
  return {
    identifiers: Object.fromEntries(
      IDENTIFIER_ROLES.flatMap((role) => (columnOf(role) ? [[role, columnOf(role)]] : [])),
    ),
    traits: named('trait'),
    occurredAt: time && { ...time, ...(form.format ? { format: form.format } : {}) },
    event: isEvents ? (single('event') ?? form.eventName) : undefined,
    value: isEvents ? single('value') : undefined,
    currency:
      isEvents && columnOf('value') ? (single('currency') ?? (form.currency || undefined)) : undefined,
    properties: isEvents ? named('property') : undefined,
    externalId: form.columns.filter((one) => one.isKnownBy).map(({ column }) => column),
    consents: form.consent.column ? [toConsent(form.consent)] : undefined,
  };
}

function toConsent({ granted, withdrawn, topic, ...consent }: ImportForm['consent']) {
  return {
    ...consent,
    ...(topic ? { topic } : {}),
    granted: wordsOf(granted),
    withdrawn: wordsOf(withdrawn),
  };
}

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function withoutEmpty(draft: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(
    Object.entries(draft).filter(([key, value]) => key === 'identifiers' || !isEmpty(value)),
  );
}

function roleOf(map: CsvMapping, column: string): { role: Role; name: string } {
  const identifier = IDENTIFIER_ROLES.find((kind) => map.identifiers[kind] === column);
  if (identifier) return { role: identifier, name: column };
  const isColumn = (given: unknown) =>
    typeof given === 'object' && given !== null && 'column' in given && given.column === column;
  const single = (['occurredAt', 'event', 'value', 'currency'] as const).find((role) => isColumn(map[role]));
  if (single) return { role: single, name: column };
  const nameIn = (record: Record<string, string> | undefined) =>
    Object.entries(record ?? {}).find(([, named]) => named === column)?.[0];
  const trait = nameIn(map.traits);
  if (trait !== undefined) return { role: 'trait', name: trait };
  const property = nameIn(map.properties);
  return property === undefined ? { role: 'ignore', name: column } : { role: 'property', name: property };
}

function fieldOf(path: PropertyKey[]): string {
  const [first, , inner] = path.map(String);
  if (first === 'consents')
    return CONSENT_FIELDS.some((field) => field === inner) ? `consent_${inner}` : 'consent_column';
  return first === 'currency'
    ? 'currency'
    : first === 'event'
      ? 'eventName'
      : first === 'occurredAt'
        ? 'format'
        : '';
}
