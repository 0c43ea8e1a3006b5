import type { Fields } from '../forms/rule-form.ts';
import { CALENDARS, type Choice, COMPARES, MEASURES, OPS, WINDOWS } from './rule-choices.ts';

/** One field of a condition, as its template prints it. */
export type ControlModel = {
  name: string;
  label: string;
  value: string;
  type: 'text' | 'select' | 'json';
  choices: Choice[];
  /** id of a datalist of suggestions that the page has. */
  list: string | null;
  /** Suggestions of its own, printed with it. */
  suggestions: Choice[];
  size: 'small' | 'medium' | 'large';
};
/** What the selects offer; keys are values of the rule language. */
export type Vocabulary = {
  facts: Choice[];
  segments: Choice[];
  sources: Choice[];
  topics: Choice[];
  /** The most common values of what a condition asks about, by its place: `r.0`, `r.0.where.1`. */
  values: Record<string, Choice[]>;
};

/** The controls of each kind of condition. A new kind is a new entry. */
export const CONTROLS: Record<
  string,
  (fields: Fields, path: string, vocabulary: Vocabulary) => ControlModel[]
> = {
  trait: (fields, path, vocabulary) => [
    input(`${path}.name`, 'Trait', fields.name ?? '', 'medium', 'trait-names'),
    ...comparison(fields, path, vocabulary),
  ],
  fact: (fields, path, vocabulary) => [
    select(`${path}.name`, 'Fact', fields.name ?? 'orders', vocabulary.facts, 'medium'),
    ...comparison(fields, path, vocabulary),
  ],
  event: eventControls,
  bucket: bucketControls,
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

function bucketControls(fields: Fields, path: string): ControlModel[] {
  return [
    input(`${path}.from`, 'From percent', fields.from ?? '0', 'small'),
    input(`${path}.to`, 'To percent', fields.to ?? '10', 'small'),
  ];
}

function eventControls(fields: Fields, path: string): ControlModel[] {
  const measure = fields.measure ?? 'count';
  const isNumber = measure !== 'first' && measure !== 'last';
  return [
    input(`${path}.name`, 'Event (empty: any event)', fields.name ?? '', 'medium', 'event-names'),
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

export function comparison(fields: Fields, path: string, vocabulary: Vocabulary): ControlModel[] {
  const op = fields.op ?? 'eq';
  return [
    select(`${path}.op`, 'Comparison', op, OPS, 'medium'),
    ...valueControls(op, fields, path).map((one) => withSuggestions(one, path, vocabulary)),
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

/** Values are suggested where one is written out; others may be typed all the same. */
function withSuggestions(control: ControlModel, path: string, { values }: Vocabulary): ControlModel {
  const offered = control.name === `${path}.value` ? (values[path] ?? []) : [];
  return offered.length > 0 ? { ...control, list: `${control.name}-values`, suggestions: offered } : control;
}

/** People without a value are left out unless asked for: worth saying where it changes who is in. */
function unsetControls(op: string, fields: Fields, path: string): ControlModel[] {
  if (['set', 'unset'].includes(op)) return [];
  const choices = [
    { value: '', label: 'unknown: left out' },
    { value: 'yes', label: 'unknown: let in' },
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

export function jsonControls(fields: Fields, path: string): ControlModel[] {
  return [
    {
      name: `${path}.json`,
      label: 'Rule as JSON',
      value: fields.json ?? '',
      type: 'json',
      choices: [],
      list: null,
      suggestions: [],
      size: 'large',
    },
  ];
}

/** A value that is not among the choices is offered too: a stored rule is never changed by looking at it. */
export function select(
  name: string,
  label: string,
  value: string,
  choices: Choice[],
  size: ControlModel['size'],
): ControlModel {
  const offered = choices.some((choice) => choice.value === value)
    ? choices
    : [{ value, label: value || 'Choose' }, ...choices];
  return { name, label, value, type: 'select', choices: offered, list: null, suggestions: [], size };
}

export function input(
  name: string,
  label: string,
  value: string,
  size: ControlModel['size'],
  list: string | null = null,
): ControlModel {
  return { name, label, value, type: 'text', choices: [], list, suggestions: [], size };
}
