import { z } from 'zod';
import { issueWords } from '../../../base/issue-words.ts';
import { readInstant } from '../../../base/local-times.ts';
import { numberOf, toValue } from './values.ts';
import { dateText, duration, window } from './windows.ts';

/** Text as it may stand in a rule: what Postgres can store, and short enough to read. */
const isStorable = (value: string) => value.isWellFormed() && !value.includes('\u0000');
export const text = z
  .string()
  .max(1000)
  .refine(isStorable, 'This text holds characters that cannot be stored.');
export const name = z
  .string()
  .min(1, 'Say which: the name is empty.')
  .max(200)
  .refine(isStorable, 'This name holds characters that cannot be stored.');

const scalar = z.union([text, z.number(), z.boolean()], 'A text, a number, true or false.');
const ordered = z.union([text, z.number()], 'A number or a date.');
const pair = z
  .tuple([ordered, ordered])
  .refine(([from, to]) => !isWrongWayRound(from, to), 'The smaller value comes first.');
const values = z.array(scalar).min(1, 'Write at least one value.').max(500);
const anniversary = z.union(
  [
    z.strictObject({ next: duration.regex(/[dw]$/, 'A number of days or weeks, such as 7d.') }),
    z.strictObject({ calendar: z.literal('today') }),
  ],
  'Either {"next": "7d"} or {"calendar": "today"}.',
);

/** What each operator is compared with; null: with nothing. */
const OPERANDS = {
  eq: scalar,
  ne: scalar,
  gt: ordered,
  gte: ordered,
  lt: ordered,
  lte: ordered,
  between: pair,
  in: values,
  notIn: values,
  contains: text,
  notContains: text,
  startsWith: text,
  endsWith: text,
  set: null,
  unset: null,
  true: null,
  false: null,
  before: dateText,
  after: dateText,
  on: dateText,
  within: window,
  anniversary,
} satisfies Record<string, z.ZodType | null>;

type Operands = typeof OPERANDS;
export type Op = keyof Operands;
type Operand<K extends Op> = Operands[K] extends z.ZodType<infer V> ? { value: V } : { value?: undefined };
export type Comparison = { [K in Op]: { op: K; unset?: 'yes' | 'no' | undefined } & Operand<K> }[Op];

export const OPS = Object.keys(OPERANDS) as Op[];

/** The keys of a comparison, to be spread into the strict shape of a leaf or a `where` condition. */
export const comparisonKeys = {
  op: z.enum(OPS as [Op, ...Op[]]),
  value: z.unknown().optional(),
  unset: z.enum(['yes', 'no']).optional(),
};

/** For superRefine of a shape with `comparisonKeys`: the operand must fit the operator. */
export function checkComparison(given: { op: Op; value?: unknown }, context: z.RefinementCtx): void {
  const operand = OPERANDS[given.op];
  const issue = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path: ['value', ...path], message });
  if (operand === null && given.value !== undefined) issue([], `"${given.op}" takes no value.`);
  else if (operand !== null && given.value === undefined) issue([], `"${given.op}" needs a value.`);
  else if (operand !== null)
    for (const found of operand.safeParse(given.value, { error: issueWords }).error?.issues ?? [])
      issue(found.path, found.message);
}

/** The comparison of a shape that `checkComparison` has passed. */
export function comparisonOf(checked: {
  op: Op;
  value?: unknown;
  unset?: 'yes' | 'no' | undefined;
}): Comparison {
  return checked as Comparison;
}

/** `cmp` of counts and sums. */
export const measureKeys = {
  op: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between']),
  value: z.union([
    z.number(),
    text.refine(isNumber, 'A number.'),
    z
      .tuple([z.union([z.number(), text.refine(isNumber)]), z.union([z.number(), text.refine(isNumber)])])
      .refine(([from, to]) => !isWrongWayRound(from, to), 'The smaller number comes first.'),
  ]),
};
export type Measure = {
  op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'between';
  value: number | string | [number | string, number | string];
};

export function checkMeasure(given: Measure, context: z.RefinementCtx): void {
  if ((given.op === 'between') !== Array.isArray(given.value))
    context.addIssue({
      code: 'custom',
      path: ['value'],
      message: given.op === 'between' ? '"between" needs two numbers.' : 'One number is expected.',
    });
}

function isNumber(value: string): boolean {
  return numberOf(value) !== null;
}

function isWrongWayRound(from: string | number, to: string | number): boolean {
  const [a, b] = [numberOf(toValue(from)), numberOf(toValue(to))];
  if (a !== null && b !== null) return a > b;
  const [start, end] = [from, to].map((each) => (typeof each === 'string' ? readInstant(each, 'UTC') : null));
  return start != null && end != null && start > end;
}
