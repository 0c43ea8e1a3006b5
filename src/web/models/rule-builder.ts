import type { Fields, GroupForm, LeafForm, RuleForm } from '../forms/rule-form.ts';

/** The builder as its templates print it: every field with its name in the form, its words and its choices. */
export type Choice = { value: string; label: string };
export type ControlModel = {
  name: string;
  label: string;
  value: string;
  type: 'text' | 'select' | 'json';
  choices: Choice[];
  /** id of a datalist of suggestions. */
  list: string | null;
  size: 'small' | 'medium' | 'large';
};
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

/** What the selects offer; keys are values of the rule language. */
export type Vocabulary = {
  facts: Choice[];
  segments: Choice[];
  sources: Choice[];
  topics: Choice[];
};

/** What the rule language said of each place in the form: `r.0` to a message, `r.0` to a count. */
export type Remarks = { errors: Record<string, string>; counts: Record<string, string> };

const MAX_DEPTH = 4;

const KINDS: Choice[] = [
  { value: 'trait', label: 'Trait' },
  { value: 'fact', label: 'Computed fact' },
  { value: 'event', label: 'What they did' },
  { value: 'consent', label: 'Consent' },
  { value: 'segment', label: 'Another segment' },
  { value: 'source', label: 'Source' },
  { value: 'identifier', label: 'Identifier' },
  { value: 'json', label: 'Rule as JSON' },
];
const MODES: Choice[] = [
  { value: 'all', label: 'all of these' },
  { value: 'any', label: 'any of these' },
  { value: 'none', label: 'none of these' },
  { value: 'atLeast', label: 'at least a number of these' },
];
const OPS: Choice[] = [
  ['eq', 'is'],
  ['ne', 'is not'],
  ['in', 'is one of (a, b)'],
  ['notIn', 'is none of (a, b)'],
  ['contains', 'contains'],
  ['notContains', 'does not contain'],
  ['startsWith', 'starts with'],
  ['endsWith', 'ends with'],
  ['gt', 'more than'],
  ['gte', 'at least'],
  ['lt', 'less than'],
  ['lte', 'at most'],
  ['between', 'between'],
  ['before', 'before the day'],
  ['after', 'after the day'],
  ['on', 'on the day'],
  ['within', 'in the time'],
  ['anniversary', 'anniversary within'],
  ['set', 'is known'],
  ['unset', 'is not known'],
  ['true', 'is true'],
  ['false', 'is false'],
].map(([value, label]) => ({ value: value!, label: label! }));
const COMPARES = OPS.filter((op) => ['gte', 'lte', 'eq', 'ne', 'gt', 'lt', 'between'].includes(op.value));
const MEASURES: Choice[] = [
  ['count', 'number of times'],
  ['sum', 'sum of'],
  ['avg', 'average of'],
  ['min', 'smallest'],
  ['max', 'largest'],
  ['first', 'their first was like this'],
  ['last', 'their last was like this'],
].map(([value, label]) => ({ value: value!, label: label! }));
const WINDOWS: Choice[] = [
  ['ever', 'at any time'],
  ['last', 'in the last'],
  ['between', 'between two ages ago'],
  ['next', 'in the next'],
  ['calendar', 'in this calendar time'],
  ['dates', 'from a day to a day'],
].map(([value, label]) => ({ value: value!, label: label! }));
const CALENDARS: Choice[] = [
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'this year',
].map((one) => ({ value: one, label: one }));

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
  const draw = CONTROLS[kind] ?? jsonControls;
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

const CONTROLS: Record<string, (fields: Fields, path: string, vocabulary: Vocabulary) => ControlModel[]> = {
  trait: (fields, path) => [
    input(`${path}.name`, 'Trait', fields.name ?? '', 'medium', 'trait-names'),
    ...comparison(fields, path),
  ],
  fact: (fields, path, { facts }) => [
    select(`${path}.name`, 'Fact', fields.name ?? 'orders', facts, 'medium'),
    ...comparison(fields, path),
  ],
  event: eventControls,
  segment: (fields, path, { segments }) => [
    select(
      `${path}.is`,
      'In or out',
      fields.is ?? 'in',
      [
        { value: 'in', label: 'is in' },
        { value: 'out', label: 'is not in' },
      ],
      'small',
    ),
    select(`${path}.name`, 'Segment', fields.name ?? '', segments, 'large'),
    input(`${path}.for`, 'For at least (30d, optional)', fields.for ?? '', 'small'),
  ],
  consent: (fields, path, { topics }) => [
    select(
      `${path}.name`,
      'Channel',
      fields.name ?? 'email',
      ['email', 'sms', 'ads', 'web'].map((one) => ({ value: one, label: one })),
      'small',
    ),
    select(
      `${path}.topic`,
      'Topic',
      fields.topic ?? '',
      [{ value: '', label: 'the whole channel' }, ...topics],
      'medium',
    ),
    select(
      `${path}.is`,
      'State',
      fields.is ?? 'granted',
      ['granted', 'withdrawn', 'unknown'].map((one) => ({ value: one, label: one })),
      'small',
    ),
  ],
  source: (fields, path, { sources }) => [
    select(`${path}.name`, 'Source', fields.name ?? '', sources, 'medium'),
    select(
      `${path}.is`,
      'Seen',
      fields.is ?? 'seen',
      [
        { value: 'seen', label: 'knows them' },
        { value: 'not seen', label: 'does not know them' },
      ],
      'small',
    ),
  ],
  identifier: (fields, path) => [
    select(
      `${path}.name`,
      'Identifier',
      fields.name ?? 'email',
      [
        { value: 'email', label: 'email address' },
        { value: 'phone', label: 'phone number' },
        { value: 'user_id', label: 'user id' },
        { value: 'anonymous_id', label: 'anonymous id' },
      ],
      'medium',
    ),
    select(
      `${path}.is`,
      'Present',
      fields.is ?? 'present',
      [
        { value: 'present', label: 'is known' },
        { value: 'absent', label: 'is not known' },
      ],
      'small',
    ),
  ],
};

function eventControls(fields: Fields, path: string): ControlModel[] {
  const measure = fields.measure ?? 'count';
  const isNumber = measure !== 'first' && measure !== 'last';
  return [
    input(`${path}.name`, 'Event (* for any)', fields.name ?? '', 'medium', 'event-names'),
    select(`${path}.measure`, 'Measured by', measure, MEASURES, 'medium'),
    ...(isNumber && measure !== 'count'
      ? [input(`${path}.measured`, 'Property', fields.measured ?? 'value', 'small', 'property-names')]
      : []),
    ...(isNumber
      ? [
          select(`${path}.cmp`, 'Comparison', fields.cmp ?? 'gte', COMPARES, 'small'),
          input(`${path}.n`, 'Number', fields.n ?? '1', 'small'),
        ]
      : []),
    ...(isNumber && fields.cmp === 'between' ? [input(`${path}.n2`, 'and', fields.n2 ?? '', 'small')] : []),
    ...windowControls(fields, path),
  ];
}

function comparison(fields: Fields, path: string): ControlModel[] {
  const op = fields.op ?? 'eq';
  return [
    select(`${path}.op`, 'Comparison', op, OPS, 'medium'),
    ...valueControls(op, fields, path),
    ...unsetControls(op, fields, path),
  ];
}

function valueControls(op: string, fields: Fields, path: string): ControlModel[] {
  if (['set', 'unset', 'true', 'false'].includes(op)) return [];
  if (op === 'within') return windowControls(fields, path);
  if (op === 'between')
    return [
      input(`${path}.value`, 'From', fields.value ?? '', 'small'),
      input(`${path}.value2`, 'To', fields.value2 ?? '', 'small'),
    ];
  if (op === 'anniversary')
    return [input(`${path}.value`, 'Time ahead (7d or today)', fields.value ?? '7d', 'small')];
  return [input(`${path}.value`, 'Value', fields.value ?? '', 'medium')];
}

/** People without a value are left out unless asked for: worth saying where it changes who is in. */
function unsetControls(op: string, fields: Fields, path: string): ControlModel[] {
  if (['set', 'unset', 'true', 'false'].includes(op)) return [];
  const choices = [
    { value: '', label: 'people without a value are out' },
    { value: 'yes', label: 'people without a value are in' },
  ];
  return [select(`${path}.unset`, 'Without a value', fields.unset ?? '', choices, 'medium')];
}

function windowControls(fields: Fields, path: string): ControlModel[] {
  const window = fields.window ?? 'ever';
  const kind = select(`${path}.window`, 'When', window, WINDOWS, 'medium');
  if (window === 'last' || window === 'next')
    return [kind, input(`${path}.w1`, 'Time (30d, 12h)', fields.w1 ?? '30d', 'small')];
  if (window === 'between')
    return [
      kind,
      input(`${path}.w1`, 'From ago', fields.w1 ?? '90d', 'small'),
      input(`${path}.w2`, 'To ago', fields.w2 ?? '30d', 'small'),
    ];
  if (window === 'calendar')
    return [
      kind,
      select(`${path}.calendar`, 'Calendar time', fields.calendar ?? 'this month', CALENDARS, 'small'),
    ];
  if (window === 'dates')
    return [
      kind,
      input(`${path}.from`, 'From day (2026-01-01)', fields.from ?? '', 'small'),
      input(`${path}.to`, 'Before day', fields.to ?? '', 'small'),
    ];
  return [kind];
}

function jsonControls(fields: Fields, path: string): ControlModel[] {
  return [
    {
      name: `${path}.json`,
      label: 'Rule as JSON',
      value: fields.json ?? '',
      type: 'json',
      choices: [],
      list: null,
      size: 'large',
    },
  ];
}

/** A value that is not among the choices is offered too: a stored rule is never changed by looking at it. */
function select(
  name: string,
  label: string,
  value: string,
  choices: Choice[],
  size: ControlModel['size'],
): ControlModel {
  const offered = choices.some((choice) => choice.value === value)
    ? choices
    : [{ value, label: value || 'Choose' }, ...choices];
  return { name, label, value, type: 'select', choices: offered, list: null, size };
}

function input(
  name: string,
  label: string,
  value: string,
  size: ControlModel['size'],
  list: string | null = null,
): ControlModel {
  return { name, label, value, type: 'text', choices: [], list, size };
}
