/** The words of the rule builder's selects; values are those of the rule language. */
export type Choice = { value: string; label: string };

export const KINDS: Choice[] = [
  { value: 'trait', label: 'Trait' },
  { value: 'fact', label: 'Computed fact' },
  { value: 'event', label: 'What they did' },
  { value: 'consent', label: 'Consent' },
  { value: 'segment', label: 'Another segment' },
  { value: 'source', label: 'Source' },
  { value: 'identifier', label: 'Identifier' },
  { value: 'bucket', label: 'Random share' },
  { value: 'json', label: 'Rule as JSON' },
];
export const MODES: Choice[] = [
  { value: 'all', label: 'all of these' },
  { value: 'any', label: 'any of these' },
  { value: 'none', label: 'none of these' },
  { value: 'atLeast', label: 'at least a number of these' },
];
export const OPS: Choice[] = [
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
export const COMPARES = OPS.filter((op) =>
  ['gte', 'lte', 'eq', 'ne', 'gt', 'lt', 'between'].includes(op.value),
);
export const MEASURES: Choice[] = [
  ['count', 'number of times'],
  ['sum', 'sum of'],
  ['avg', 'average of'],
  ['min', 'smallest'],
  ['max', 'largest'],
  ['first', 'their first was like this'],
  ['last', 'their last was like this'],
].map(([value, label]) => ({ value: value!, label: label! }));
export const WINDOWS: Choice[] = [
  ['ever', 'at any time'],
  ['last', 'in the last'],
  ['between', 'between two ages ago'],
  ['next', 'in the next'],
  ['calendar', 'in this calendar time'],
  ['dates', 'from a day to a day'],
].map(([value, label]) => ({ value: value!, label: label! }));
export const CALENDARS: Choice[] = [
  'today',
  'yesterday',
  'this week',
  'last week',
  'this month',
  'last month',
  'this year',
].map((one) => ({ value: one, label: one }));
