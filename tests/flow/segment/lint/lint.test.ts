import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadKnowledge } from '../../../../src/flow/segment/known.ts';
import { canonicalText } from '../../../../src/flow/segment/lint/canonical.ts';
import { lintRule } from '../../../../src/flow/segment/lint/lint.ts';
import { loadPeople } from '../../../../src/flow/segment/people.sql.ts';
import { refreshWorkspace } from '../../../../src/flow/segment/refresh.ts';
import { evaluate } from '../../../../src/flow/segment/rules/evaluate.ts';
import { type Node, nodesOf, parseDefinition } from '../../../../src/flow/segment/rules/node.ts';
import { createWorkspace } from '../../../setup/cast.ts';
import { createTestDatabase } from '../../../setup/database.ts';
import { insertCrowd, person, rule } from '../crowd.ts';

const MOMENT = { asOf: new Date('2026-11-22T12:00:00Z'), zone: 'Europe/Berlin' };
const tell = (definition: unknown) =>
  lintRule(parseDefinition(definition), MOMENT).map(({ kind, path }) => `${kind} ${path}`.trim());

const orders = (op: string, value: unknown) => ({ fact: 'orders', op, value });
const trait = (op: string, value?: unknown, more: object = {}) => ({ trait: 'plan', op, value, ...more });
const bought = (more: object = {}) => ({ event: 'order_placed', ...more });
const times = (op: string, value: unknown) => ({ count: { op, value } });

describe('a rule that can match nobody is told at the condition that is to blame', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing to choose from', { any: [] }, ['never']],
    ['two numbers apart', { all: [orders('gte', 3), orders('lt', 2)] }, ['never', 'contradiction all.1']],
    ['less than none', { all: [orders('lt', 0), trait('set')] }, ['never', 'never all.0']],
    ['a negative count', bought(times('lt', 0)), ['never']],
    ['one and a half times', bought(times('eq', 1.5)), ['never']],
    ['events that are yet to come', bought({ within: { next: '7d' } }), ['never']],
    ['their first event yet to come', bought({ first: true, within: { next: '7d' } }), ['never']],
    ['ordering by words', trait('gt', 'gold'), ['never']],
    ['is and is not', { all: [trait('eq', 'gold'), trait('ne', 'gold')] }, ['never', 'contradiction all.1']],
    ['known and not known', { all: [trait('set'), trait('unset')] }, ['never', 'contradiction all.1']],
    [
      'one of, none of',
      { all: [trait('eq', 'gold'), trait('notIn', ['gold', 'silver'])] },
      ['never', 'contradiction all.1'],
    ],
    [
      'in and out',
      {
        all: [
          { segment: 'a', is: 'in' },
          { segment: 'a', is: 'out' },
        ],
      },
      ['never', 'contradiction all.1'],
    ],
    [
      'bought of late, never bought',
      { all: [bought({ within: { last: '7d' } }), bought(times('eq', 0))] },
      ['never', 'contradiction all.1'],
    ],
    [
      'bought in a week, not in a month',
      { all: [bought({ within: { last: '7d' } }), bought({ within: { last: '30d' }, ...times('eq', 0) })] },
      ['never', 'contradiction all.1'],
    ],
    [
      'a contradiction across groups',
      { all: [orders('gte', 3), { none: [orders('gt', 1)] }] },
      ['never', 'contradiction all.1'],
    ],
    [
      'exactly one of no value',
      {
        all: [
          { fact: 'average_order', op: 'unset' },
          { fact: 'average_order', op: 'gt', value: 5 },
        ],
      },
      ['never', 'contradiction all.1'],
    ],
    [
      'two shares of chance',
      { all: [{ bucket: [0, 50] }, { bucket: [50, 100] }] },
      ['never', 'contradiction all.1'],
    ],
    [
      'granted and withdrawn',
      {
        all: [
          { consent: 'email', is: 'granted' },
          { consent: 'email', is: 'withdrawn' },
        ],
      },
      ['never', 'contradiction all.1'],
    ],
    [
      'more than can be at once',
      { atLeast: 2, of: [orders('eq', 1), orders('lt', 0)] },
      ['never', 'never of.1'],
    ],
    [
      'where at odds',
      bought({
        where: [
          { property: 'value', op: 'gt', value: 5 },
          { property: 'value', op: 'lt', value: 2 },
        ],
      }),
      ['never'],
    ],
  ])('%s', (_name, definition, expected) => {
    expect(tell(definition)).toEqual(expected);
  });

  test('a dead branch does not make a living rule dead', () => {
    expect(tell({ any: [orders('lt', 0), trait('set')] })).toEqual(['never any.0']);
  });
});

describe('a rule that matches everybody is told', () => {
  test.each<[string, unknown, string[]]>([
    ['no condition', { all: [] }, ['always']],
    ['nothing excluded', { none: [] }, ['always']],
    ['at least no order', orders('gte', 0), ['always']],
    ['at least no time', bought(times('gte', 0)), ['always']],
    ['known or not', { any: [trait('set'), trait('unset')] }, ['always']],
    [
      'is or is not, whoever is unknown too',
      { any: [trait('eq', 'gold'), trait('ne', 'gold', { unset: 'yes' })] },
      ['always'],
    ],
    ['many or few', { any: [orders('gte', 3), orders('lt', 5)] }, ['always']],
    ['bought or not', { any: [bought(), bought(times('eq', 0))] }, ['always']],
    ['the whole of chance', { bucket: [0, 100] }, ['always']],
    ['not what cannot be', { none: [bought({ within: { next: '1d' } })] }, ['always', 'never none.0']],
    ['did not do in the future', bought({ within: { next: '7d' }, ...times('eq', 0) }), ['always']],
  ])('%s', (_name, definition, expected) => {
    expect(tell(definition)).toEqual(expected);
  });
});

describe('what only has to wait for a day that the rule names is not told as never', () => {
  const from2027 = bought({ within: { from: '2027-01-01' } });
  test.each<[string, unknown, string[]]>([
    ['events from a day that has not come', from2027, ['later']],
    ['beside another condition', { all: [from2027, trait('set')] }, ['later', 'later all.0']],
    ['beside what never is', { all: [from2027, orders('lt', 0)] }, ['never', 'later all.0', 'never all.1']],
    ['a last order after that day', { fact: 'last_order_at', op: 'after', value: '2027-01-01' }, ['later']],
    ['a last order on that day', { fact: 'last_order_at', op: 'on', value: '2027-01-01' }, ['later']],
    [
      'everybody who did not do it in a month to come',
      { none: [bought({ within: { from: '2027-01-01', to: '2027-02-01' } })] },
      ['later', 'later none.0'],
    ],
    [
      'beside a time that is always to come',
      { all: [from2027, bought({ within: { next: '7d' } })] },
      ['never', 'later all.0', 'never all.1'],
    ],
  ])('%s', (_name, definition, expected) => {
    expect(tell(definition)).toEqual(expected);
  });

  test('and the day is said, for nobody and for everybody', () => {
    const messages = (definition: unknown) =>
      lintRule(parseDefinition(definition), MOMENT).map(({ message }) => message);
    expect(messages({ all: [from2027] })).toEqual([
      'This rule can match nobody before 2027-01-01.',
      'Nobody can match this before 2027-01-01.',
    ]);
    expect(messages({ none: [from2027] })).toContain('This rule matches everybody before 2027-01-01.');
  });
});

describe('what is odd but possible is told as that', () => {
  test('two values of one trait need a list, and it says so', () => {
    const [lint] = lintRule({ all: [trait('eq', 'gold'), trait('eq', 'silver')] } as Node, MOMENT);
    expect(lint).toMatchObject({ kind: 'contradiction', path: 'all.1' });
    expect(lint?.message).toContain('contradicts “plan is “gold””');
    expect(lint?.message).toContain('list of several values');
    expect(lint?.advice).toContain('any of these');
  });

  test('an empty text is no value of a fact, and may be one in a list', () => {
    const empty = { op: 'eq', value: '' };
    expect(tell({ fact: 'first_channel', ...empty })).toEqual(['never']);
    expect(tell(trait('eq', ''))).toEqual([]);
    expect(tell(bought({ where: [{ property: 'items.sku', ...empty }] }))).toEqual([]);
  });

  test('the same condition twice, in other words too', () => {
    const week = bought({ within: { last: '1w' }, ...times('gte', 1) });
    expect(tell({ all: [bought({ within: { last: '7d' } }), trait('set'), week] })).toEqual([
      'duplicate all.2',
    ]);
  });

  test.each<[string, unknown]>([
    ['a range', { all: [orders('gte', 2), orders('lte', 5)] }],
    ['is or is not, but known', { any: [trait('eq', 'gold'), trait('ne', 'gold')] }],
    ['both unknown', { all: [trait('eq', 'gold', { unset: 'yes' }), trait('ne', 'gold', { unset: 'yes' })] }],
    ['number and text of it', { all: [trait('eq', 5), trait('eq', '5')] }],
    [
      'bought in a month, not in a week',
      { all: [bought({ within: { last: '30d' } }), bought({ within: { last: '7d' }, ...times('eq', 0) })] },
    ],
    ['more was refunded than bought', { fact: 'net_revenue', op: 'lt', value: 0 }],
    ['a trial that ends soon', { trait: 'trialEndsAt', op: 'within', value: { next: '7d' } }],
  ])('%s is nothing to speak of', (_name, definition) => {
    expect(tell(definition)).toEqual([]);
  });

  test('a fact that never is like that is said to be so in its own words', () => {
    const found = lintRule(parseDefinition({ all: [orders('lt', 0)] }), MOMENT);
    expect(found.map(({ message }) => message)).toContain(
      'Nobody can match this: Orders is never less than 0.',
    );
  });

  test('every sentence says what to do', () => {
    for (const lint of lintRule(
      parseDefinition({ all: [orders('lt', 0), orders('lt', 0), trait('set'), trait('unset')] }),
      MOMENT,
    )) {
      expect(lint.message).toMatch(/\.$/);
      expect(lint.advice).toMatch(/\.$/);
    }
  });
});

test('rules that say the same in other words have one text', () => {
  const same: [unknown, unknown][] = [
    [
      { all: [trait('set'), orders('gt', 1)] },
      { all: [orders('gt', 1), { all: [trait('set')] }, trait('set')] },
    ],
    [{ atLeast: 2, of: [trait('set'), orders('gt', 1)] }, { all: [trait('set'), orders('gt', 1)] }],
    [trait('eq', 'a', { unset: 'no' }), { all: [trait('eq', 'a')] }],
    [{ event: 'Order Completed' }, bought(times('gte', 1))],
  ];
  for (const [a, b] of same) expect(canonicalText(a as Node)).toBe(canonicalText(b as Node));
  expect(canonicalText(bought(times('gte', 2)) as Node)).not.toBe(canonicalText(bought() as Node));
});

test('who is said never to match never does, and who is said always to match does, of any people', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createWorkspace(database, { timezone: MOMENT.zone });
  const ids = await insertCrowd(database, workspace, fc.sample(person, 40), MOMENT.asOf);
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: MOMENT.asOf });
  const { known } = await loadKnowledge(database.db, workspace);
  const people = await loadPeople(database.db, { workspace, asOf: MOMENT.asOf, isPast: false }, ids);
  const setting = { ...MOMENT, known };
  const said = { never: 0, always: 0 };
  const combined = fc.oneof(
    rule,
    fc.tuple(rule, rule).map(([a, b]) => ({ all: [a, b, { none: [a] }] })),
    fc.tuple(rule, rule).map(([a, b]) => ({ any: [a, { none: [a] }, b] })),
    fc.array(rule, { minLength: 2, maxLength: 6 }).map((all) => ({ all })),
    fc.array(rule, { minLength: 2, maxLength: 6 }).map((any) => ({ any })),
  );
  for (const given of fc.sample(combined, 400)) {
    const node = readable(given);
    if (!node) continue;
    for (const { kind, path, message } of lintRule(node, setting)) {
      if (kind !== 'never' && kind !== 'always') continue;
      said[kind] += 1;
      const part = nodeAt(node, path);
      const holding = people.filter((one) => evaluate(part, one, setting).holds).length;
      expect(holding, `${message} ${JSON.stringify(part)}`).toBe(kind === 'never' ? 0 : people.length);
    }
  }
  expect(said.never).toBeGreaterThan(10);
  expect(said.always).toBeGreaterThan(10);
});

function readable(given: unknown): Node | null {
  try {
    return parseDefinition(given);
  } catch {
    // Random rules may nest too deep or name a window the wrong way round.
    return null;
  }
}

function nodeAt(node: Node, path: string): Node {
  const steps = path === '' ? [] : path.split('.').filter((_, index) => index % 2 === 1);
  return steps.reduce((at, step) => nodesOf(at)![Number(step)]!, node);
}
