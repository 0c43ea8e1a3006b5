import { Invalid } from '../../base/errors.ts';
import { newId } from '../../db/ids.ts';
import { type Fields, fieldsOfForm, type GroupForm, readRuleForm } from './rule-form.ts';

/** The form of a segment as it was posted: its name and its rule. */
export type SegmentForm = { isEdit: boolean; key: string; name: string; form: GroupForm };

export function readSegmentForm(fields: Fields): SegmentForm {
  return {
    isEdit: fields.isEdit === 'yes',
    key: fields.key ?? '',
    name: (fields.name ?? '').trim().slice(0, 200),
    form: readRuleForm(fields),
  };
}

/** Without scripts a form can be sent before anyone has seen what the other kind of a condition asks for. */
export function checkKindsSeen(fields: Fields): void {
  const isOther = Object.keys(fields).some(
    (name) => name.endsWith('.drawnAs') && fields[name] !== fields[name.replace(/drawnAs$/, 'kind')],
  );
  if (isOther)
    throw new Invalid([
      { path: '', message: 'A condition is of another kind now. See what it asks for, then go on.' },
    ]);
}

/** The same as hidden fields, so that another page can go on with it. */
export function hiddenFieldsOf({ isEdit, key, name, form }: SegmentForm): { name: string; value: string }[] {
  const fields = { key, isEdit: isEdit ? 'yes' : 'no', name, ...fieldsOfForm(form) };
  return Object.entries(fields).map(([field, value]) => ({ name: field, value }));
}

/** `Tea lovers, lately` becomes `tea-lovers-lately`; a name without such letters gets a key of its own. */
export function keyFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
  return plain || `segment-${newId().slice(-8)}`;
}
