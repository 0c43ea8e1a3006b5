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
import type { LintModel, Remarks } from './rule-remarks.ts';

/** The builder as its templates print it: every field with its name in the form, its words and its choices. */
export type ConditionModel = { path: string; controls: ControlModel[]; removeAction: string };
/** What is said beside a condition or a group. */
export type SaidModel = {
  error: string | null;
  /** True of how many by itself. */
  alone: string | null;
  /** How many are left by it and those before it, where all have to hold. */
  remaining: string | null;
  dates: string[];
  lints: LintModel[];
};
export type LeafModel = ConditionModel & {
  type: 'leaf';
  kind: ControlModel;
  where: ConditionModel[];
  /** null where the kind has no properties to ask for. */
  addWhereAction: string | null;
} & SaidModel;
export type GroupModel = {
  type: 'group';
  path: string;
  mode: ControlModel;
  least: ControlModel | null;
  children: (GroupModel | LeafModel)[];
  addAction: string;
  addGroupAction: string | null;
  removeAction: string | null;
} & SaidModel;

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
    ...saidOf(path, remarks),
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
      kind === 'event'
        ? form.where.map((fields, index) => whereModel(fields, `${path}.where.${index}`, vocabulary))
        : [],
    addWhereAction: kind === 'event' ? `where ${path}` : null,
    removeAction: `remove ${path}`,
    ...saidOf(path, remarks),
  };
}

function saidOf(path: string, remarks: Remarks): SaidModel {
  return {
    error: remarks.errors[path] ?? null,
    alone: remarks.counts[path]?.alone ?? null,
    remaining: remarks.counts[path]?.remaining ?? null,
    dates: remarks.dates[path] ?? [],
    lints: path === 'r' ? [] : remarks.lints.filter(({ place }) => place === path),
  };
}

function whereModel(fields: Fields, path: string, vocabulary: Vocabulary): ConditionModel {
  const steps = path.split('.where.');
  return {
    path,
    controls: [
      input(`${path}.property`, 'Property', fields.property ?? '', 'medium', 'property-names'),
      ...comparison(fields, path, vocabulary),
    ],
    removeAction: `unwhere ${steps[0]}.${steps[1]}`,
  };
}
