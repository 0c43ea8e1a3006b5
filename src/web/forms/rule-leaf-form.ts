import { Invalid } from '../../base/errors.ts';
import { bucketFields, readBucket } from './rule-bucket-form.ts';
import type { Fields, LeafForm, RuleJson } from './rule-form.ts';
import { readWindow, windowFields } from './rule-window-form.ts';

/** One condition of a rule as form fields, and back. A new kind of condition is a new entry in each table. */
export const VALUE_LESS = ['set', 'unset', 'true', 'false'];
export const LIST_OPS = ['in', 'notIn'];
const TEXT_OPS = ['contains', 'notContains', 'startsWith', 'endsWith'];
const AGGREGATES = ['sum', 'avg', 'min', 'max'] as const;

const READERS: Record<string, (fields: Fields, where: Fields[], path: string[]) => RuleJson> = {
  trait: (fields) => ({ trait: fields.name ?? '', ...readComparison(fields) }),
  fact: (fields) => ({ fact: fields.name ?? 'orders', ...readComparison(fields) }),
  event: readEvent,
  segment: (fields) => ({
    segment: fields.name ?? '',
    is: fields.is ?? 'in',
    ...optional('for', fields.for),
  }),
  consent: (fields) => ({
    consent: fields.name ?? 'email',
    is: fields.is ?? 'granted',
    ...optional('topic', fields.topic),
  }),
  identifier: (fields) => ({ identifier: fields.name ?? 'email', is: fields.is ?? 'present' }),
  source: (fields) => ({ source: fields.name ?? '', is: fields.is ?? 'seen' }),
  bucket: readBucket,
  json: (fields, _where, path) => readJson(fields.json ?? '', path),
};

export function readLeaf(leaf: LeafForm, path: string[] = []): RuleJson {
  const kind = leaf.fields.kind ?? '';
  // Whatever was posted is looked up: `constructor` is no kind, though every object has one.
  const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  return read ? read(leaf.fields, leaf.where, path) : { [kind]: true };
}

/** A stored leaf as fields. One that the form would not give back the same is kept as JSON. */
export function leafFromRule(rule: RuleJson): LeafForm {
  const form = guessLeaf(rule);
  return form && sameJson(readLeaf(form), rule)
    ? form
    : { type: 'leaf', fields: { kind: 'json', json: JSON.stringify(rule) }, where: [] };
}

function guessLeaf(rule: RuleJson): LeafForm | null {
  if ('trait' in rule) return leaf({ kind: 'trait', name: String(rule.trait), ...comparisonFields(rule) });
  if ('fact' in rule) return leaf({ kind: 'fact', name: String(rule.fact), ...comparisonFields(rule) });
  if ('event' in rule) return eventForm(rule);
  if ('segment' in rule)
    return leaf({ kind: 'segment', name: String(rule.segment), is: String(rule.is), for: text(rule.for) });
  if ('consent' in rule)
    return leaf({
      kind: 'consent',
      name: String(rule.consent),
      is: String(rule.is),
      topic: text(rule.topic),
    });
  if ('identifier' in rule)
    return leaf({ kind: 'identifier', name: String(rule.identifier), is: String(rule.is) });
  if ('source' in rule) return leaf({ kind: 'source', name: String(rule.source), is: String(rule.is) });
  if ('bucket' in rule) return leaf(bucketFields(rule));
  return null;
}

function readEvent(fields: Fields, where: Fields[]): RuleJson {
  const conditions = where
    .filter((one) => one.property)
    .map((one) => ({ property: one.property ?? '', ...readComparison(one) }));
  return {
    event: fields.name || '*',
    ...(conditions.length > 0 ? { where: conditions } : {}),
    ...readMeasure(fields),
    ...readWindow(fields),
  };
}

function readMeasure(fields: Fields): RuleJson {
  const measure = fields.measure ?? 'count';
  if (measure === 'first' || measure === 'last') return { [measure]: true };
  const compare = {
    op: fields.cmp ?? 'gte',
    value: readNumbers(fields.cmp ?? 'gte', fields.n ?? '1', fields.n2 ?? ''),
  };
  if (measure === 'count') return { count: compare };
  return { [measure]: { property: fields.measured || 'value', ...compare } };
}

function eventForm(rule: RuleJson): LeafForm {
  const where = Array.isArray(rule.where) ? (rule.where as RuleJson[]) : [];
  return {
    type: 'leaf',
    fields: { kind: 'event', name: String(rule.event), ...measureFields(rule), ...windowFields(rule.within) },
    where: where.map((one) => ({ property: String(one.property), ...comparisonFields(one) })),
  };
}

function measureFields(rule: RuleJson): Fields {
  if (rule.first === true) return { measure: 'first' };
  if (rule.last === true) return { measure: 'last' };
  for (const name of AGGREGATES) {
    const one = rule[name] as RuleJson | undefined;
    if (one) return { measure: name, measured: String(one.property), ...numberFields(one) };
  }
  const count = (rule.count as RuleJson | undefined) ?? { op: 'gte', value: 1 };
  return { measure: 'count', ...numberFields(count) };
}

function numberFields(compare: RuleJson): Fields {
  const [n, n2] = Array.isArray(compare.value) ? compare.value : [compare.value, ''];
  return { cmp: String(compare.op), n: String(n), n2: String(n2) };
}

function readNumbers(op: string, n: string, n2: string): unknown {
  return op === 'between' ? [typed(n), typed(n2)] : typed(n);
}

function readComparison(fields: Fields): RuleJson {
  const op = fields.op ?? 'eq';
  const unset = fields.unset === 'yes' ? { unset: 'yes' } : {};
  if (VALUE_LESS.includes(op)) return isAboutBeing(op) ? { op } : { op, ...unset };
  if (op === 'within') return { op, value: readWindow(fields).within, ...unset };
  if (op === 'anniversary') return { op, value: anniversaryValue(fields.value ?? ''), ...unset };
  if (op === 'between')
    return { op, value: [typed(fields.value ?? ''), typed(fields.value2 ?? '')], ...unset };
  if (LIST_OPS.includes(op)) return { op, value: splitList(fields.value ?? ''), ...unset };
  return { op, value: TEXT_OPS.includes(op) ? (fields.value ?? '') : typed(fields.value ?? ''), ...unset };
}

/** Known or not known: whoever has no value is what is asked about. */
function isAboutBeing(op: string): boolean {
  return op === 'set' || op === 'unset';
}

function comparisonFields(rule: RuleJson): Fields {
  const op = String(rule.op);
  const unset = text(rule.unset);
  if (op === 'within') return { op, unset, ...windowFields(rule.value) };
  if (op === 'anniversary') return { op, unset, value: text((rule.value as RuleJson | undefined)?.next) };
  if (op === 'between' && Array.isArray(rule.value))
    return { op, unset, value: String(rule.value[0]), value2: String(rule.value[1]) };
  if (Array.isArray(rule.value)) return { op, unset, value: rule.value.map(String).join(', ') };
  return { op, unset, value: text(rule.value) };
}

function anniversaryValue(value: string): RuleJson {
  return value === 'today' || value === '' ? { calendar: 'today' } : { next: value };
}

function splitList(value: string): unknown[] {
  return value
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .map(typed);
}

/** A number where it reads as one (the rule language's own form), else the text. */
function typed(value: string): unknown {
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(value.trim()) ? Number(value) : value;
}

function readJson(json: string, path: string[]): RuleJson {
  try {
    return JSON.parse(json) as RuleJson;
  } catch (error) {
    const message = json.trim() === '' ? JSON_WANTED : `This is not valid JSON: ${(error as Error).message}.`;
    throw new Invalid([{ path: path.join('.'), message }], { cause: error });
  }
}

const JSON_WANTED = 'Write a rule as JSON, such as {"trait": "plan", "op": "eq", "value": "gold"}.';

function leaf(fields: Fields): LeafForm {
  return { type: 'leaf', fields, where: [] };
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function optional(key: string, value: string | undefined): RuleJson {
  return value ? { [key]: value } : {};
}

function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join()}}`;
}
