/**
 * The rule builder's form: a rule tree as flat fields (`r.0.1.op`), and back. Works without JavaScript: "add a
 * condition" is a submit button whose value says where. What the form cannot show is kept as JSON, untouched.
 */
import { leafFromRule, readLeaf } from './rule-leaf-form.ts';

export type Fields = Record<string, string>;

export type LeafForm = { type: 'leaf'; fields: Fields; where: Fields[] };
export type GroupForm = {
  type: 'group';
  mode: 'all' | 'any' | 'none' | 'atLeast';
  least: string;
  children: RuleForm[];
};
export type RuleForm = GroupForm | LeafForm;

export type RuleJson = { [key: string]: unknown };

const ROOT = 'r';
const MODES = ['all', 'any', 'none', 'atLeast'] as const;

/** A group with one empty condition: where a new segment starts. */
export function emptyRule(): GroupForm {
  return { type: 'group', mode: 'all', least: '2', children: [emptyLeaf('trait')] };
}

export function emptyLeaf(kind: string): LeafForm {
  return { type: 'leaf', fields: { kind }, where: [] };
}

/** A stored definition as a form. The root is always a group, so that there is a place to add to. */
export function formFromRule(rule: RuleJson): GroupForm {
  const form = nodeFromRule(rule);
  return form.type === 'group' ? form : { type: 'group', mode: 'all', least: '2', children: [form] };
}

/** The form as it was posted. */
export function readRuleForm(body: Fields): GroupForm {
  const form = readNode(body, ROOT);
  return form?.type === 'group' ? form : emptyRule();
}

/** The fields that `readRuleForm` reads this form from: for a page that carries it on unseen. */
export function fieldsOfForm(form: RuleForm, path = ROOT): Fields {
  if (form.type === 'group') {
    const children = form.children.map((child, index) => fieldsOfForm(child, `${path}.${index}`));
    return Object.assign({ [`${path}.mode`]: form.mode, [`${path}.least`]: form.least }, ...children);
  }
  const where = form.where.map((fields, index) => placed(fields, `${path}.where.${index}`));
  return Object.assign(placed(form.fields, path), ...where);
}

/**
 * The rule a form says. Numbers and dates are typed by how they look; the rule language checks the rest. Throws
 * Invalid where a condition written as JSON is none; `path` is the rule language's own.
 */
export function ruleFromForm(form: RuleForm, path: string[] = []): RuleJson {
  if (form.type === 'leaf') return readLeaf(form, path);
  const key = form.mode === 'atLeast' ? 'of' : form.mode;
  const nodes = form.children.map((child, index) => ruleFromForm(child, [...path, key, String(index)]));
  return form.mode === 'atLeast' ? { atLeast: Number(form.least), of: nodes } : { [key]: nodes };
}

/** `add r.0`, `group r`, `remove r.0.1`, `where r.0.1`, `unwhere r.0.1.2`, `kind r.0.1`: the form after the button. */
export function applyAction(form: GroupForm, action: string): GroupForm {
  const [verb = '', path = ''] = action.split(' ');
  const steps = path.split('.').slice(1).map(Number);
  if (verb === 'unwhere')
    return changeAt(form, steps.slice(0, -1), (node) => dropWhere(node, steps.at(-1) ?? -1)) as GroupForm;
  if (verb === 'remove')
    return changeAt(form, steps.slice(0, -1), (node) => dropChild(node, steps.at(-1) ?? -1)) as GroupForm;
  return changeAt(form, steps, (node) => grow(node, verb)) as GroupForm;
}

/** Issue paths of the rule language (`all.0.where.1.value`) by the form's own place (`r.0`). */
export function placeOfIssue(form: GroupForm, path: string): string {
  let place = ROOT;
  let node: RuleForm = form;
  const steps = path.split('.');
  while (node.type === 'group' && steps.length > 0) {
    steps.shift();
    const index = Number(steps.shift());
    const child: RuleForm | undefined = node.children[index];
    if (!child) break;
    node = child;
    place = `${place}.${index}`;
  }
  return place;
}

function nodeFromRule(rule: RuleJson): RuleForm {
  for (const mode of ['all', 'any', 'none'] as const) {
    if (Array.isArray(rule[mode])) return group(mode, '2', rule[mode]);
  }
  if ('atLeast' in rule && Array.isArray(rule.of)) return group('atLeast', String(rule.atLeast), rule.of);
  return leafFromRule(rule);
}

function group(mode: GroupForm['mode'], least: string, nodes: unknown[]): GroupForm {
  return { type: 'group', mode, least, children: nodes.map((node) => nodeFromRule(node as RuleJson)) };
}

function readNode(body: Fields, path: string): RuleForm | null {
  const mode = body[`${path}.mode`];
  if (mode !== undefined) {
    const children = childIndexes(body, path).map((index) => readNode(body, `${path}.${index}`));
    return {
      type: 'group',
      mode: MODES.find((one) => one === mode) ?? 'all',
      least: body[`${path}.least`] ?? '2',
      children: children.filter((child) => child !== null),
    };
  }
  if (body[`${path}.kind`] === undefined) return null;
  const { drawnAs, ...fields } = fieldsAt(body, path);
  // What was filled in for one kind says nothing of another, and may be no choice of it.
  if (drawnAs !== undefined && drawnAs !== fields.kind) return emptyLeaf(fields.kind ?? '');
  return {
    type: 'leaf',
    fields,
    where: childIndexes(body, `${path}.where`).map((index) => fieldsAt(body, `${path}.where.${index}`)),
  };
}

function childIndexes(body: Fields, path: string): number[] {
  const indexes = new Set<number>();
  for (const name of Object.keys(body)) {
    if (!name.startsWith(`${path}.`)) continue;
    const step = name.slice(path.length + 1).split('.')[0] ?? '';
    if (/^\d{1,3}$/.test(step)) indexes.add(Number(step));
  }
  return [...indexes].sort((a, b) => a - b);
}

function fieldsAt(body: Fields, path: string): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(body)) {
    const rest = name.startsWith(`${path}.`) ? name.slice(path.length + 1) : '';
    if (rest && !rest.includes('.')) fields[rest] = value;
  }
  return fields;
}

function placed(fields: Fields, path: string): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${path}.${name}`, value]));
}

function changeAt(node: RuleForm, steps: number[], change: (node: RuleForm) => RuleForm): RuleForm {
  const [step, ...rest] = steps;
  if (step === undefined) return change(node);
  if (node.type === 'leaf') return node;
  return {
    ...node,
    children: node.children.map((child, index) => (index === step ? changeAt(child, rest, change) : child)),
  };
}

function grow(node: RuleForm, verb: string): RuleForm {
  if (node.type === 'leaf')
    return verb === 'where'
      ? { ...node, where: [...node.where, { property: '', op: 'eq', value: '' }] }
      : node;
  if (verb === 'add') return { ...node, children: [...node.children, emptyLeaf('trait')] };
  if (verb === 'group') return { ...node, children: [...node.children, { ...emptyRule(), mode: 'any' }] };
  return node;
}

function dropChild(node: RuleForm, index: number): RuleForm {
  return node.type === 'group' ? { ...node, children: node.children.filter((_, at) => at !== index) } : node;
}

function dropWhere(node: RuleForm, index: number): RuleForm {
  return node.type === 'leaf' ? { ...node, where: node.where.filter((_, at) => at !== index) } : node;
}
