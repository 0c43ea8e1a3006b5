import type { Connector } from '../../connectors/contract.ts';
import { ADVANCED, BY_WEBHOOK } from '../../connectors/reading/folds.ts';
import { lastFour, listSettingFields, type SettingField } from '../../flow/collect/settings.ts';
import { openSecrets, type Source } from '../../flow/collect/sources.ts';
import { formatAgo } from './format.ts';

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
  /** Title of the folded part it lies in. */
  fold?: string;
  /** Something other than what would be there anyway was typed into it. */
  isTyped?: boolean;
};

/** A form as it is drawn: what everybody fills in, then the folded parts. */
export type FoldedFields = {
  open: FormField[];
  folds: { title: string; fields: FormField[]; isOpen: boolean }[];
};

type Given = { values: Record<string, string>; errors: Record<string, string> };
const nothingGiven: Given = { values: {}, errors: {} };

/** The fields of a new connection, with what was typed and what is wrong with it. */
export function newFields(connector: Connector, given: Given = nothingGiven): FormField[] {
  return listShownFields(connector).map((field) => drawField(field, given, field.fallback));
}

/** When the keys of a connection last opened something: we asked the vendor, or it called. */
export type KeyUse = { askedAt: Date | null; heardAt: Date | null };

/** The fields of a connection that is there: what is set, and of secrets their end and when they were used. */
export function editFields(
  connector: Connector,
  source: Source,
  given: Given = nothingGiven,
  use: KeyUse = { askedAt: null, heardAt: source.lastHeardAt },
): FormField[] {
  const secrets = openSecrets(source);
  return listShownFields(connector).map((field) => {
    const drawn = drawField(field, given, source.settings[field.key] ?? field.fallback);
    if (!(field.key in secrets)) return drawn;
    const kept = `Kept, ends in ${lastFour(secrets[field.key])}, ${describeUse(connector, field, use)}. Leave it empty to keep it.`;
    return { ...drawn, required: false, help: field.help ? `${field.help} ${kept}` : kept };
  });
}

/** Parts a form, so that a long one begins with what matters. A part with something wrong in it lies open. */
export function foldFields(fields: FormField[]): FoldedFields {
  const titles = [...new Set(fields.map(({ fold }) => fold).filter((title) => title !== undefined))];
  titles.sort((a, b) => Number(a === ADVANCED) - Number(b === ADVANCED));
  return {
    open: fields.filter(({ fold }) => fold === undefined),
    folds: titles.map((title) => {
      const inside = fields.filter(({ fold }) => fold === title);
      return { title, fields: inside, isOpen: inside.some(({ error, isTyped }) => error || isTyped) };
    }),
  };
}

/** True where the page that comes back lacks what was typed, since no secret is ever sent to one. */
export function losesSecrets(connector: Connector, values: Record<string, string>): boolean {
  return Object.keys(values).length > 0 && listShownFields(connector).some((field) => field.isSecret);
}

/** What is wrong, by the titles of the fields. */
export function listTroubles(
  connector: Connector,
  issues: { path: string; message: string }[],
): { label: string; message: string }[] {
  const fields = listShownFields(connector);
  return issues
    .filter((issue) => issue.path !== '')
    .map(({ path, message }) => {
      const label = fields.find((field) => fieldName(field) === path)?.title ?? path;
      return { label, message };
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

/** A secret of webhooks is used when one comes, any other when the vendor is asked. */
function describeUse(connector: Connector, { fold }: SettingField, { askedAt, heardAt }: KeyUse): string {
  const isForHooks = fold === BY_WEBHOOK || connector.streams.length === 0;
  const usedAt = isForHooks ? heardAt : askedAt;
  return usedAt ? `used ${formatAgo(usedAt)}` : 'not used yet';
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
    ...(field.fold ? { fold: field.fold } : {}),
    isTyped: typed !== undefined && typed !== '' && typed !== toText(field.fallback),
    ...drawKind(field, given, current),
  };
}

function drawKind(field: SettingField, given: Given, current: unknown): Partial<FormField> {
  if (field.kind === 'secret') return { type: 'password', autocomplete: 'off' };
  if (field.kind === 'long text') return { rows: 5 };
  if (field.kind === 'number') return { type: 'number' };
  if (field.kind === 'choice')
    return { options: field.choices.map((choice) => ({ value: choice, label: capitalised(choice) })) };
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

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
