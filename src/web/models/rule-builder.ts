import type { Fields, GroupForm, LeafForm, RuleForm } from '../forms/rule-form.ts';
import { KINDS, MODES } from './rule-choices.ts';
import {
  CONTROLS,
  type ControlModel,
  comparison,
  input,
  jsonControls,
  select,
  type Vocabulary,
} from './rule-controls.ts';

/** The builder as its templates print it: every field with its name in the form, its words and its choices. */
export type ConditionModel = { path: string; controls: ControlModel[]; removeAction: string };
export type LeafModel = ConditionModel & {
  type: 'leaf';
  kind: ControlModel;
  where: ConditionModel[];
  /** null where the kind has no properties to ask for. */
  addWhereAction: string | null;
  error: string | null;
  count: string | null;
};
export type GroupModel = {
  type: 'group';
  path: string;
  mode: ControlModel;
  least: ControlModel | null;
  children: (GroupModel | LeafModel)[];
  addAction: string;
  addGroupAction: string | null;
  removeAction: string | null;
  error: string | null;
  count: string | null;
};

/** What the rule language said of each place in the form: `r.0` to a message, `r.0` to a count. */
export type Remarks = { errors: Record<string, string>; counts: Record<string, string> };

const MAX_DEPTH = 4;

/** The whole tree for the template, remarks beside the places they belong to. */
export function builderModel(form: GroupForm, vocabulary: Vocabulary, remarks: Remarks): GroupModel {
  return groupModel(form, { path: 'r', depth: 1, vocabulary, remarks });
}

type Place = { path: string; depth: number; vocabulary: Vocabulary; remarks: Remarks };

function groupModel(form: GroupForm, place: Place): GroupModel {
  const { path, depth, remarks } = place;
  return {
    type: 'group',
    path,
    mode: select(`${path}.mode`, 'People who match', form.mode, MODES, 'medium'),
    least: form.mode === 'atLeast' ? input(`${path}.least`, 'At least how many', form.least, 'small') : null,
    children: form.children.map((child, index) =>
      nodeModel(child, { ...place, path: `${path}.${index}`, depth: depth + 1 }),
    ),
    addAction: `add ${path}`,
    addGroupAction: depth < MAX_DEPTH ? `group ${path}` : null,
    removeAction: path === 'r' ? null : `remove ${path}`,
    error: remarks.errors[path] ?? null,
    count: remarks.counts[path] ?? null,
  };
}

function nodeModel(form: RuleForm, place: Place): GroupModel | LeafModel {
  return form.type === 'group' ? groupModel(form, place) : leafModel(form, place);
}

function leafModel(form: LeafForm, { path, vocabulary, remarks }: Place): LeafModel {
  const kind = form.fields.kind ?? 'trait';
  const draw = (Object.hasOwn(CONTROLS, kind) && CONTROLS[kind]) || jsonControls;
  return {
    type: 'leaf',
    path,
    kind: select(`${path}.kind`, 'Kind of condition', kind, KINDS, 'medium'),
    controls: draw(form.fields, path, vocabulary),
    where:
      kind === 'event' ? form.where.map((fields, index) => whereModel(fields, `${path}.where.${index}`)) : [],
    addWhereAction: kind === 'event' ? `where ${path}` : null,
    removeAction: `remove ${path}`,
    error: remarks.errors[path] ?? null,
    count: remarks.counts[path] ?? null,
  };
}

function whereModel(fields: Fields, path: string): ConditionModel {
  const steps = path.split('.where.');
  return {
    path,
    controls: [
      input(`${path}.property`, 'Property', fields.property ?? '', 'medium', 'property-names'),
      ...comparison(fields, path),
    ],
    removeAction: `unwhere ${steps[0]}.${steps[1]}`,
  };
}
