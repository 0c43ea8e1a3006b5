import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyAction,
  emptyRule,
  formFromRule,
  placeOfIssue,
  type RuleJson,
  readRuleForm,
  ruleFromForm,
} from '../../../src/web/forms/rule-form.ts';
import { builderModel, type GroupModel, type LeafModel } from '../../../src/web/models/rule-builder.ts';
import { NO_REMARKS } from '../../../src/web/models/rule-remarks.ts';

const vocabulary = { facts: [], segments: [], sources: [], topics: [], values: {} };

describe('the rule builder', () => {
  it('gives back every rule it shows, unchanged', () => {
    fc.assert(
      fc.property(
        fc.array(leaf(), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('all', 'any', 'none'),
        (leaves, mode) => {
          const rule = { [mode]: [...leaves, { atLeast: 1, of: leaves }] };
          expect(ruleFromForm(readRuleForm(posted(rule)))).toEqual(rule);
        },
      ),
    );
  });

  it('keeps a rule it cannot draw as JSON', () => {
    const rule = {
      all: [
        { sequence: [{ event: 'page_viewed' }, { event: 'order_placed', within: '7d' }] },
        { bucket: [0, 10] },
      ],
    };
    expect(ruleFromForm(readRuleForm(posted(rule)))).toEqual(rule);
  });

  it('adds, groups and removes conditions by buttons alone', () => {
    const grown = applyAction(applyAction(emptyRule(), 'add r'), 'group r');
    expect(grown.children.map((child) => child.type)).toEqual(['leaf', 'leaf', 'group']);
    expect(applyAction(grown, 'add r.2').children[2]).toMatchObject({ children: [{}, {}] });
    expect(applyAction(grown, 'remove r.0').children).toHaveLength(2);
    const asked = applyAction(
      { ...emptyRule(), children: [{ type: 'leaf', fields: { kind: 'event' }, where: [] }] },
      'where r.0',
    );
    expect(asked.children[0]).toMatchObject({ where: [{ property: '' }] });
    expect(applyAction(asked, 'unwhere r.0.0').children[0]).toMatchObject({ where: [] });
  });

  it('puts what is wrong beside the condition it is about', () => {
    const form = formFromRule({
      all: [{ trait: 'a', op: 'set' }, { any: [{ trait: 'b', op: 'nonsense' }] }],
    });
    expect(placeOfIssue(form, 'all.1.any.0.op')).toBe('r.1.0');
    expect(placeOfIssue(form, '')).toBe('r');
  });
});

/** The fields a browser would post for this rule. */
function posted(rule: RuleJson): Record<string, string> {
  return fieldsOf(builderModel(formFromRule(rule), vocabulary, NO_REMARKS));
}

function fieldsOf(node: GroupModel | LeafModel): Record<string, string> {
  const controls =
    node.type === 'group'
      ? [node.mode, ...(node.least ? [node.least] : [])]
      : [node.kind, ...node.controls, ...node.where.flatMap((one) => one.controls)];
  const own = Object.fromEntries(controls.map((control) => [control.name, control.value]));
  const below = node.type === 'group' ? node.children.map(fieldsOf) : [];
  return Object.assign(own, ...below);
}

function leaf(): fc.Arbitrary<RuleJson> {
  const name = fc.stringMatching(/^[a-z_]{1,12}$/);
  const number = fc.integer({ min: -1000, max: 1000 });
  const window = fc.oneof(
    fc.constant({ last: '30d' }),
    fc.constant({ between: ['90d', '30d'] }),
    fc.constant({ next: '7d' }),
    fc.constant({ calendar: 'this month' }),
    fc.constant({ from: '2026-01-01', to: '2026-02-01' }),
  );
  const comparison = fc.oneof(
    fc.record({ op: fc.constantFrom('eq', 'gt', 'lte'), value: number }),
    fc.record({ op: fc.constantFrom('contains', 'startsWith'), value: fc.string({ maxLength: 20 }) }),
    fc.record({ op: fc.constant('in'), value: fc.array(name, { minLength: 1, maxLength: 3 }) }),
    fc.record({ op: fc.constant('between'), value: fc.tuple(number, number) }),
    fc.record({ op: fc.constantFrom('set', 'unset', 'true') }),
    fc.record({ op: fc.constant('within'), value: window }),
    fc.record({ op: fc.constant('ne'), value: number, unset: fc.constant('yes') }),
  ) as fc.Arbitrary<RuleJson>;
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('trait', 'fact'), name, comparison)
      .map(([kind, one, compare]) => ({ [kind]: one, ...compare })),
    fc
      .tuple(name, fc.array(fc.tuple(name, comparison), { maxLength: 2 }), window, number)
      .map(([event, where, within, value]) => ({
        event,
        ...(where.length > 0
          ? { where: where.map(([property, compare]) => ({ property, ...compare })) }
          : {}),
        count: { op: 'gte', value },
        within,
      })),
    fc.constant({ event: '*', sum: { property: 'value', op: 'between', value: [1, 5] } }),
    fc.constant({ event: 'order_placed', last: true }),
    fc.constant({ segment: 'buyers', is: 'out', for: '30d' }),
    fc.constant({ consent: 'email', topic: 'newsletter', is: 'granted' }),
    fc.constant({ identifier: 'phone', is: 'absent' }),
    fc.constant({ source: 'shop', is: 'not seen' }),
    fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 41, max: 100 }))
      .map((bucket) => ({ bucket })),
  );
}
