import fc from 'fast-check';
import {
  BASES,
  DURATIONS,
  datesAround,
  dayAround,
  EVENT_NAMES,
  NAMES,
  numbers,
  scalarsAround,
  textsAround,
} from './random-values.ts';

type Rule = fc.Arbitrary<object>;

/** Random trees around a moment, as JSON would carry them. Some are refused (a window the wrong way round). */
export function rulesAround(at: Date): fc.Arbitrary<unknown> {
  const leaf = leavesAround(at);
  return fc
    .letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('node'), { maxLength: 3 }).map((any) => ({ any })),
        fc.array(tie('node'), { maxLength: 3 }).map((none) => ({ none })),
        fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map((of) => ({ atLeast: 2, of })),
      ),
    }))
    .node.map((node) => JSON.parse(JSON.stringify(node)));
}

/** Random conditions of every kind. */
export function leavesAround(at: Date): Rule {
  const comparison = comparisonsAround(at);
  const window = windowsAround(at);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom(...NAMES), comparison).map(([trait, rest]) => ({ trait, ...rest })),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...FACTS), comparison).map(([fact, rest]) => ({ fact, ...rest })),
    },
    { weight: 5, arbitrary: eventRules(comparison, window) },
    { weight: 2, arbitrary: sequenceRules(comparison, window) },
    { weight: 3, arbitrary: segmentRules(window) },
    { weight: 2, arbitrary: consentRules() },
    { weight: 1, arbitrary: fc.constantFrom(...STANDING) },
  );
}

const FACTS = [
  ...['orders', 'net_revenue', 'average_order', 'order_gap_days', 'sessions', 'page_views', 'rfm_group'],
  ...['first_order_at', 'last_order_at', 'first_seen_at', 'last_seen_at', 'signed_up_at', 'first_channel'],
];

/** Conditions that stand whatever the time. */
const STANDING: object[] = [
  { identifier: 'email', is: 'present' },
  { identifier: 'source:shop', is: 'absent' },
  { source: 'shop', is: 'seen' },
  { source: 'shop', is: 'not seen' },
  { bucket: [0, 50] },
  { bucket: [12.5, 80] },
];

function duration(): fc.Arbitrary<string> {
  return fc.constantFrom(...DURATIONS);
}

function optional<T>(given: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(given, { nil: undefined });
}

function windowsAround(at: Date): Rule {
  return fc.oneof(
    duration().map((last) => ({ last })),
    duration().map((next) => ({ next })),
    fc.constantFrom(
      { between: ['30d', '7d'] },
      { between: ['2d', '25h'] },
      { from: '2026-03-29', to: '2026-11-23' },
      { from: dayAround(at, -7), to: dayAround(at, 1) },
      { from: `${dayAround(at, 0)}T02:30` },
      { to: '2026-11-22T12:00' },
    ),
    fc
      .constantFrom(
        ...['today', 'yesterday', 'this week', 'last week', 'this month', 'last month', 'this year'],
      )
      .map((calendar) => ({ calendar })),
  );
}

function comparisonsAround(at: Date): Rule {
  const [text, scalar] = [textsAround(at), scalarsAround(at)];
  const unset = optional(fc.constantFrom('yes', 'no'));
  const date = fc.constantFrom(...datesAround(at));
  const op = (...names: string[]) => fc.constantFrom(...names);
  return fc.oneof(
    fc.record({ op: op('eq', 'ne'), value: scalar, unset }),
    fc.record({
      op: op('in', 'notIn'),
      value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
      unset,
    }),
    fc.record({ op: op('gt', 'gte', 'lt', 'lte'), value: fc.oneof(text, numbers()), unset }),
    fc.record({
      op: op('between'),
      value: fc.constantFrom([0, 5], ['0.2', 12], ['2024-02-29', dayAround(at, 1)]),
      unset,
    }),
    fc.record({ op: op('contains', 'notContains', 'startsWith', 'endsWith'), value: text, unset }),
    fc.record({ op: op('set', 'unset', 'true', 'false') }),
    fc.record({ op: op('before', 'after', 'on'), value: date, unset }),
    fc.record({ op: op('within'), value: windowsAround(at), unset }),
    fc.record({
      op: op('anniversary'),
      value: fc.constantFrom({ next: '1d' }, { next: '7d' }, { next: '52w' }, { calendar: 'today' }),
      unset,
    }),
  );
}

function eventRules(comparison: Rule, window: Rule): Rule {
  const measured = fc
    .tuple(fc.constantFrom('value', 'plan', 'items.sku'), measures())
    .map(([property, rest]) => ({ property, ...rest }));
  const measure = fc.oneof(
    fc.constant({}),
    measures().map((count) => ({ count })),
    fc
      .tuple(fc.constantFrom('sum', 'avg', 'min', 'max'), measured)
      .map(([kind, asked]) => ({ [kind]: asked })),
    fc.constantFrom({ first: true }, { last: true }),
  );
  return fc
    .record({ event: eventNames(), where: conditions(comparison), within: optional(window), measure })
    .map(({ measure: amount, ...rest }) => ({ ...rest, ...amount }));
}

function measures(): Rule {
  return fc.oneof(
    fc.record({
      op: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
      value: fc.constantFrom(0, 1, 2, 0.3, 10, '5'),
    }),
    fc.record({ op: fc.constant('between'), value: fc.constantFrom([0, 1], [1, '12.5']) }),
  );
}

function conditions(comparison: Rule): fc.Arbitrary<object[]> {
  return fc.array(
    fc
      .tuple(fc.constantFrom(...NAMES, 'value'), comparison)
      .map(([property, rest]) => ({ property, ...rest })),
    { maxLength: 2 },
  );
}

function eventNames(): fc.Arbitrary<string> {
  return fc.constantFrom(...EVENT_NAMES, '*', 'Order Completed', 'never');
}

function sequenceRules(comparison: Rule, window: Rule): Rule {
  return fc
    .record({
      steps: fc.array(fc.record({ event: eventNames(), where: conditions(comparison) }), {
        minLength: 2,
        maxLength: 3,
      }),
      spans: fc.array(duration(), { minLength: 3, maxLength: 3 }),
      isNot: fc.boolean(),
      within: optional(window),
    })
    .map(({ steps, spans, isNot, within }) => ({
      sequence: steps.map((step, index) => ({
        ...step,
        ...(index > 0 ? { within: spans[index] } : {}),
        ...(isNot && index === steps.length - 1 ? { not: true } : {}),
      })),
      within,
    }));
}

function segmentRules(window: Rule): Rule {
  const segment = fc.constantFrom(...BASES);
  return fc.oneof(
    fc.record({ segment, is: fc.constantFrom('in', 'out'), for: optional(duration()) }),
    fc.record({ segment, is: fc.constant('in'), entered: window }),
  );
}

function consentRules(): Rule {
  return fc.record({
    consent: fc.constantFrom('email', 'sms'),
    topic: optional(fc.constantFrom('news', 'offers')),
    is: fc.constantFrom('granted', 'withdrawn', 'unknown'),
  });
}
