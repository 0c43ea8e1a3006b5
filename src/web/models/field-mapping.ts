import { Invalid } from '../../base/errors.ts';
import type { MappedRecord } from '../../connectors/contract.ts';
import { map } from '../../connectors/webhook/map.ts';
import { listLeaves, valueAt, type WebhookMapping } from '../../connectors/webhook/mapping.ts';
import type { Example } from '../../flow/collect/examples.ts';
import { FIELD_ROLES, type FieldForm, type FieldRole } from '../forms/field-mapping-form.ts';
import { formatDateTime, isoOf } from './format.ts';

const ROLE_LABELS: Record<FieldRole, string> = {
  ignore: 'Leave out',
  user_id: 'Identifier: your own id',
  email: 'Identifier: e-mail',
  phone: 'Identifier: phone',
  source: 'Identifier: the sender’s id of the person',
  anonymous_id: 'Identifier: anonymous id',
  occurredAt: 'Time it happened',
  event: 'Name of the event',
  value: 'Amount of money',
  currency: 'Currency',
  trait: 'Trait of the person',
  property: 'Property of the event',
};
const IDENTIFIER_LABELS: Record<string, string> = {
  user_id: 'your id',
  email: 'e-mail',
  phone: 'phone',
  source: 'sender’s id',
  anonymous_id: 'anonymous id',
};
const SAMPLE_CHARS = 60;
const SHOWN_EXAMPLES = 3;

/** The paths of everything that came in lately, each once, the newest example's first. */
export function pathsOf(examples: Example[]): string[] {
  return [...new Set(examples.flatMap(({ payload }) => listLeaves(payload.body).map(({ path }) => path)))];
}

export function fieldMappingModel(
  form: FieldForm,
  examples: Example[],
  given: { mapping: WebhookMapping | null; timezone: string },
) {
  return {
    kind: form.kind,
    eventName: form.eventName,
    currency: form.currency,
    kinds: [
      { value: 'events', label: 'Something happened: an order, a booking, a visit' },
      { value: 'people', label: 'Something about a person: a contact, an account' },
    ],
    roles: FIELD_ROLES.map((role) => ({ value: role, label: ROLE_LABELS[role] })),
    fields: form.fields.map((field, at) => ({ ...field, at, sample: sampleOf(field.path, examples) })),
    examples: examples.slice(0, SHOWN_EXAMPLES).map((example) => exampleModel(example, given)),
  };
}

function exampleModel(
  example: Example,
  { mapping, timezone }: { mapping: WebhookMapping | null; timezone: string },
) {
  return {
    id: example.externalId,
    receivedAt: formatDateTime(example.receivedAt, timezone),
    receivedIso: isoOf(example.receivedAt),
    json: JSON.stringify(example.payload.body, null, 2),
    ...outcomeOf(example, mapping, timezone),
  };
}

/** What a message becomes, or why it becomes nothing. */
function outcomeOf(example: Example, mapping: WebhookMapping | null, timezone: string) {
  if (!mapping) return { records: [], trouble: null };
  try {
    const item = { ...example, payload: example.payload };
    return { records: map(item, { mapping }).map((record) => recordModel(record, timezone)), trouble: null };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { records: [], trouble: error.message };
  }
}

function recordModel(record: MappedRecord, timezone: string) {
  if (record.type === 'event')
    return {
      title: `Event ${record.name}`,
      lines: [
        ...identifierLines(record.identifiers),
        { label: 'When', value: formatDateTime(record.occurredAt, timezone) },
        ...(record.value
          ? [{ label: 'Amount', value: `${record.value} ${record.currency ?? ''}`.trim() }]
          : []),
        ...fieldLines(record.properties),
      ],
    };
  if (record.type === 'person')
    return { title: 'Person', lines: [...identifierLines(record.identifiers), ...fieldLines(record.traits)] };
  throw new Error(`A webhook does not map to ${record.type}.`);
}

function identifierLines(identifiers: { kind: string; value: string }[]) {
  return identifiers.map(({ kind, value }) => ({ label: `Known by ${IDENTIFIER_LABELS[kind]}`, value }));
}

function fieldLines(fields: Record<string, unknown>) {
  return Object.entries(fields).map(([label, value]) => ({ label, value: toText(value) }));
}

function sampleOf(path: string, examples: Example[]): string {
  const values = examples.map(({ payload }) => valueAt(payload.body, path));
  return toText(values.find((value) => value !== undefined && value !== null)) || 'not in the last messages';
}

function toText(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)}…` : text;
}
