import { Invalid, type Issue } from '../../base/errors.ts';
import { IDENTIFIERS, type WebhookMapping, webhookMapping } from '../../connectors/webhook/mapping.ts';

export const FIELD_ROLES = [
  'ignore',
  ...IDENTIFIERS,
  'occurredAt',
  'event',
  'value',
  'currency',
  'trait',
  'property',
] as const;
export type FieldRole = (typeof FIELD_ROLES)[number];
export type FieldRow = { path: string; role: FieldRole; name: string };

/** The form of the fields page: a role a field, and what counts for every message. */
export type FieldForm = {
  kind: WebhookMapping['kind'];
  eventName: string;
  currency: string;
  fields: FieldRow[];
};

const SINGLE: FieldRole[] = [...IDENTIFIERS, 'occurredAt', 'event', 'value', 'currency'];
const MOST_FIELDS = 300;

/** The form as it was sent. Each line carries its own path: another example may have come in meanwhile. */
export function readFieldForm(values: Record<string, string>): FieldForm {
  const text = (name: string) => (values[name] ?? '').trim();
  const places = Array.from({ length: MOST_FIELDS }, (_, at) => at).filter((at) => values[`path_${at}`]);
  return {
    kind: values.kind === 'people' ? 'people' : 'events',
    eventName: text('eventName'),
    currency: text('currency').toUpperCase(),
    fields: places.map((at) => ({
      path: values[`path_${at}`] ?? '',
      role: FIELD_ROLES.find((role) => role === values[`role_${at}`]) ?? 'ignore',
      name: text(`name_${at}`),
    })),
  };
}

/** The mapping a form says. Throws Invalid with the field at fault. */
export function toFieldMapping(form: FieldForm): WebhookMapping {
  const issues = findIssues(form);
  if (issues.length > 0) throw new Invalid(issues);
  const parsed = webhookMapping.safeParse(draftMapping(form));
  if (parsed.success) return parsed.data;
  throw new Invalid(
    parsed.error.issues.map(({ path, message }) => ({
      path: path[0] === 'currency' ? 'currency' : '',
      message,
    })),
  );
}

/** A form as the mapping has it; paths no example shows any more stay in it. */
export function fromFieldMapping(mapping: WebhookMapping, paths: string[]): FieldForm {
  const named = [...rowsOf(mapping)];
  const known = new Map(named.map((row) => [row.path, row]));
  return {
    kind: mapping.kind,
    eventName: typeof mapping.event === 'string' ? mapping.event : '',
    currency: typeof mapping.currency === 'string' ? mapping.currency : '',
    fields: [...new Set([...paths, ...known.keys()])].map(
      (path) => known.get(path) ?? { path, role: 'ignore', name: lastPart(path) },
    ),
  };
}

/** What the names of fields suggest. */
export function guessFieldForm(paths: string[], currency: string): FieldForm {
  const taken = new Set<FieldRole>();
  const fields = paths.map((path): FieldRow => {
    const found = GUESSES.find(([role, words]) => !taken.has(role) && words.test(lastPart(path)))?.[0];
    if (found && SINGLE.includes(found)) taken.add(found);
    return { path, role: found ?? 'ignore', name: lastPart(path) };
  });
  return { kind: 'events', eventName: '', currency: taken.has('currency') ? '' : currency, fields };
}

const GUESSES: [FieldRole, RegExp][] = [
  ['email', /^e-?mail(_?address)?$/i],
  ['user_id', /^(user|customer|member|external)_?id$/i],
  ['phone', /^(phone|mobile)(_?number)?$/i],
  ['occurredAt', /^(occurred|created|happened)_?at$|^(timestamp|time|date)$/i],
  ['event', /^(type|event|event_?(name|type))$/i],
  ['value', /^(value|amount|total|price)$/i],
  ['currency', /^currency(_?code)?$/i],
  ['trait', /^(first_?name|last_?name|name|country|city|company)$/i],
];

function lastPart(path: string): string {
  return (
    path
      .split(/(?<!\\)\./)
      .at(-1)
      ?.replaceAll('\\.', '.') ?? path
  );
}

function findIssues({ kind, fields, eventName }: FieldForm): Issue[] {
  const issues: Issue[] = [];
  for (const [at, { role, name }] of fields.entries()) {
    const isTwice = fields.some(
      (other, place) =>
        place < at &&
        other.role === role &&
        (SINGLE.includes(role) || (other.name === name && role !== 'ignore')),
    );
    if (isTwice) issues.push({ path: `role_${at}`, message: 'Another field is this already.' });
    if ((role === 'trait' || role === 'property') && name === '')
      issues.push({ path: `role_${at}`, message: 'Give it a name.' });
  }
  const has = (role: FieldRole) => fields.some((field) => field.role === role);
  if (!IDENTIFIERS.some(has))
    issues.push({
      path: '',
      message: 'Say which field names the person: an id, an e-mail address or a phone.',
    });
  if (kind === 'events' && eventName === '' && !has('event'))
    issues.push({ path: 'eventName', message: 'Say what happened, or choose the field that says it.' });
  return issues;
}

function draftMapping({ kind, eventName, currency, fields }: FieldForm): Record<string, unknown> {
  const pathOf = (role: FieldRole) => fields.find((field) => field.role === role)?.path;
  const named = (role: FieldRole) =>
    Object.fromEntries(fields.filter((field) => field.role === role).map(({ name, path }) => [name, path]));
  const at = (role: FieldRole) => (pathOf(role) ? { path: pathOf(role) } : undefined);
  const isEvents = kind === 'events';
  const draft = {
    kind,
    identifiers: Object.fromEntries(
      IDENTIFIERS.flatMap((role) => (pathOf(role) ? [[role, pathOf(role)]] : [])),
    ),
    traits: named('trait'),
    occurredAt: pathOf('occurredAt'),
    event: isEvents ? (at('event') ?? eventName) : undefined,
    value: isEvents ? pathOf('value') : undefined,
    currency: isEvents && pathOf('value') ? (at('currency') ?? (currency || undefined)) : undefined,
    properties: isEvents ? named('property') : {},
  };
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}

function* rowsOf(mapping: WebhookMapping): Iterable<FieldRow> {
  const row = (role: FieldRole, path: string, name = lastPart(path)): FieldRow => ({ path, role, name });
  for (const kind of IDENTIFIERS) if (mapping.identifiers[kind]) yield row(kind, mapping.identifiers[kind]);
  if (mapping.occurredAt) yield row('occurredAt', mapping.occurredAt);
  if (mapping.value) yield row('value', mapping.value);
  if (typeof mapping.event === 'object') yield row('event', mapping.event.path);
  if (typeof mapping.currency === 'object') yield row('currency', mapping.currency.path);
  for (const [name, path] of Object.entries(mapping.traits)) yield row('trait', path, name);
  for (const [name, path] of Object.entries(mapping.properties)) yield row('property', path, name);
}
