import type { Connector } from '../../connectors/contract.ts';
import { lastFour, listSettingFields, type SettingField } from '../../flow/collect/settings.ts';
import { openSecrets, type Source } from '../../flow/collect/sources.ts';

/** One field as views/_field draws it. Secrets are named so that they are never sent back to the page. */
export type FormField = {
  name: string;
  label: string;
  type?: string;
  value?: string;
  help?: string;
  placeholder?: string;
  required?: boolean;
  checked?: boolean;
  rows?: number;
  options?: { value: string; label: string }[];
  autocomplete?: string;
  error?: string;
};

type Given = { values: Record<string, string>; errors: Record<string, string> };
const nothingGiven: Given = { values: {}, errors: {} };

/** The fields of a new connection, with what was typed and what is wrong with it. */
export function newFields(connector: Connector, given: Given = nothingGiven): FormField[] {
  return listShownFields(connector).map((field) => drawField(field, given, field.fallback));
}

/** The fields of a connection that is there: what is set, and of secrets their end. */
export function editFields(connector: Connector, source: Source, given: Given = nothingGiven): FormField[] {
  const secrets = openSecrets(source);
  return listShownFields(connector).map((field) => {
    const drawn = drawField(field, given, source.settings[field.key] ?? field.fallback);
    if (!(field.key in secrets)) return drawn;
    const kept = `Kept, ends in ${lastFour(secrets[field.key])}. Leave it empty to keep it.`;
    return { ...drawn, required: false, help: field.help ? `${field.help} ${kept}` : kept };
  });
}

/** What a form sent, as settings: texts become what the schema asks for; an empty field is not set. */
export function readSettings(connector: Connector, body: Record<string, string>): Record<string, unknown> {
  const entries = listShownFields(connector).map((field) => [field.key, readField(field, body)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

export function fieldName(field: Pick<SettingField, 'key' | 'isSecret'>): string {
  return field.isSecret ? `secret.${field.key}` : `settings.${field.key}`;
}

/** Issues name settings; the form names fields. */
export function toFieldNames(
  connector: Connector,
  issues: { path: string; message: string }[],
): { path: string; message: string }[] {
  const fields = new Map(listSettingFields(connector.settings).map((field) => [field.key, field]));
  return issues.map((issue) => {
    const field = fields.get(issue.path.split('.')[0] ?? '');
    return field ? { ...issue, path: fieldName(field) } : issue;
  });
}

function listShownFields(connector: Connector): SettingField[] {
  return listSettingFields(connector.settings).filter((field) => !field.isHidden);
}

function drawField(field: SettingField, given: Given, current: unknown): FormField {
  const name = fieldName(field);
  const typed = given.values[name];
  const value = field.isSecret ? '' : (typed ?? toText(current));
  return {
    name,
    label: field.title,
    value,
    required: field.isRequired,
    ...(field.help ? { help: field.help } : {}),
    ...(field.placeholder ? { placeholder: field.placeholder } : {}),
    ...(given.errors[name] ? { error: given.errors[name] } : {}),
    ...drawKind(field, given, current),
  };
}

function drawKind(field: SettingField, given: Given, current: unknown): Partial<FormField> {
  if (field.kind === 'secret') return { type: 'password', autocomplete: 'off' };
  if (field.kind === 'long text') return { rows: 5 };
  if (field.kind === 'number') return { type: 'number' };
  if (field.kind === 'choice')
    return { options: field.choices.map((choice) => ({ value: choice, label: choice })) };
  if (field.kind !== 'switch') return { autocomplete: 'off' };
  const wasSent = Object.keys(given.values).length > 0;
  return { type: 'checkbox', checked: wasSent ? fieldName(field) in given.values : current === true };
}

function readField(field: SettingField, body: Record<string, string>): unknown {
  const text = body[fieldName(field)]?.trim();
  if (field.kind === 'switch') return text !== undefined;
  if (text === undefined || text === '') return undefined;
  return field.kind === 'number' ? Number(text) : text;
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
