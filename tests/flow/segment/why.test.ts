import { describe, expect, test } from 'vitest';
import { findNearest } from '../../../src/flow/segment/nearest.ts';
import { eventsBehind } from '../../../src/flow/segment/proof.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { applyChanges, type Situation } from '../../../src/flow/segment/remedies/change.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { leavesOf, type Node, parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import type { Person } from '../../../src/flow/segment/rules/person.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { explainMembership } from '../../../src/flow/segment/why.ts';
import { explainPerson } from '../../../src/flow/segment/why-all.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { createListeningWorkspace } from '../../setup/people.ts';
import { AT, ago, ahead, meetAda, PATIENCE, situationAt } from './ada.ts';

/** Rules that Ada satisfies, one of each kind and more; what of her proves it is taken away by the second part. */
const INSIDE: [string, object, (person: Person, proving: Set<string>) => Person][] = [
  ['a trait', { trait: 'country', op: 'eq', value: 'DE' }, (ada) => ({ ...ada, traits: {} })],
  ['a fact', { fact: 'orders', op: 'gte', value: 2 }, (ada) => ({ ...ada, facts: {} })],
  ['a count', { event: 'order_placed', count: { op: 'gte', value: 2 }, within: { last: '90d' } }, unproved],
  ['a sum', { event: 'order_placed', sum: { property: 'value', op: 'gt', value: 60 } }, unproved],
  ['a first event', { event: 'signed_up', first: true, within: { last: '90d' } }, unproved],
  ['a sequence', { sequence: [{ event: 'order_placed' }, { event: 'page_viewed', within: '2d' }] }, unproved],
  ['consent', { consent: 'email', topic: 'newsletter', is: 'granted' }, (ada) => ({ ...ada, consents: [] })],
  ['an identifier', { identifier: 'email', is: 'present' }, (ada) => ({ ...ada, identifiers: [] })],
  [
    'a source',
    { source: 'tracking', is: 'seen' },
    (ada, events) => ({ ...unproved(ada, events), sources: [] }),
  ],
  ['a segment', { segment: 'germans', is: 'in' }, (ada) => ({ ...ada, memberships: [] })],
  [
    'a day',
    { trait: 'birthday', op: 'anniversary', value: { next: '7d' } },
    (ada) => ({ ...ada, traits: {} }),
  ],
];

/** Rules that Ada misses, and what the answer says it would take. */
const OUTSIDE: [string, object, string][] = [
  ['a trait', { trait: 'country', op: 'eq', value: 'FR' }, 'country: is “FR”'],
  ['a fact', { fact: 'orders', op: 'gte', value: 3 }, 'one more order'],
  ['money', { fact: 'net_revenue', op: 'gte', value: 100 }, 'one more order with value of 35'],
  [
    'a count',
    { event: 'order_placed', count: { op: 'gte', value: 4 }, within: { last: '90d' } },
    '2 more orders',
  ],
  [
    'a count with conditions',
    { event: 'order_placed', where: [{ property: 'sku', op: 'in', value: ['cup'] }] },
    'one more order (sku is one of “cup”)',
  ],
  [
    'a sum',
    { event: 'order_placed', sum: { property: 'value', op: 'gt', value: 100 } },
    'one more order with value of 36',
  ],
  [
    'an average',
    { event: 'order_placed', avg: { property: 'value', op: 'gte', value: 50 } },
    'one more order with value of 85',
  ],
  ['quiet', { event: 'order_placed', count: { op: 'eq', value: 0 }, within: { last: '30d' } }, 'waiting'],
  [
    'a last event',
    { event: '*', last: true, where: [{ property: 'path', op: 'eq', value: '/' }] },
    'one more',
  ],
  [
    'a sequence',
    { sequence: [{ event: 'page_viewed' }, { event: 'order_placed', within: '7d' }] },
    'order_placed',
  ],
  [
    'a sequence that ends in silence',
    { sequence: [{ event: 'signed_up' }, { event: 'order_placed', within: '30d', not: true }] },
    'signed_up, and no order_placed for 30 days, then waiting',
  ],
  ['consent', { consent: 'sms', is: 'granted' }, 'consent to sms'],
  ['an identifier', { identifier: 'phone', is: 'present' }, 'their phone becoming known'],
  ['a source', { source: 'csv', is: 'seen' }, 'being seen at csv'],
  ['a segment', { segment: 'germans', is: 'out' }, 'leaving the segment germans'],
  ['a time in a segment', { segment: 'germans', is: 'in', for: '30d' }, 'waiting'],
  ['a trial that ends', { trait: 'trialEndsAt', op: 'within', value: { next: '7d' } }, 'waiting'],
  ['none', { none: [{ consent: 'email', topic: 'newsletter', is: 'granted' }] }, 'a withdrawal of consent'],
];

describe('why', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createListeningWorkspace(database);
  const adaId = await meetAda(database, workspace);
  const load = async () => await situationAt(database, workspace, { id: adaId });

  test.each(INSIDE)(
    '%s proves that she is in, and without what proves it she is out',
    async (_, rule, take) => {
      const { situation, node } = await ask(rule);
      expect(evaluate(node, situation.person, situation.setting).holds).toBe(true);
      expect(
        evaluate(node, take(situation.person, provingOf(node, situation)), situation.setting).holds,
      ).toBe(false);
    },
  );

  test.each(OUTSIDE)(
    '%s is missed by what the answer says, and with that she is in',
    async (_, rule, takes) => {
      const { situation, node } = await ask(rule);
      const explained = evaluate(node, situation.person, situation.setting);
      expect(explained.holds).toBe(false);
      const nearest = findNearest(explained, situation, PATIENCE);
      expect(nearest).toMatchObject({ sure: true, misses: [{ takes: expect.stringContaining(takes) }] });
      const after = applyChanges(situation, nearest.changes);
      expect(evaluate(node, after.person, after.setting).holds).toBe(true);
    },
  );

  test('what cannot be undone is said to be so', async () => {
    for (const rule of [
      { event: 'signed_up', count: { op: 'eq', value: 0 } },
      { identifier: 'email', is: 'absent' },
      { fact: 'orders', op: 'lt', value: 2 },
      { bucket: [0, 0] },
    ]) {
      const { situation, node } = await ask(rule);
      const explained = evaluate(node, situation.person, situation.setting);
      expect(findNearest(explained, situation, PATIENCE)).toMatchObject({
        sure: false,
        misses: [{ takes: null }],
      });
    }
  });

  test('the nearer of two ways is told, and every condition that a group lacks', async () => {
    const far = {
      all: [
        { trait: 'country', op: 'eq', value: 'FR' },
        { consent: 'sms', is: 'granted' },
      ],
    };
    const near = { fact: 'orders', op: 'gte', value: 3 };
    const { situation, node } = await ask({ any: [far, near, { identifier: 'email', is: 'absent' }] });
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE).misses).toEqual([
      { path: 'any.1', words: 'Orders is at least 3', needs: true, takes: 'one more order' },
    ]);
    const both = await ask(far);
    const missing = evaluate(both.node, situation.person, situation.setting);
    expect(findNearest(missing, situation, PATIENCE).misses.map(({ path }) => path)).toEqual([
      'all.0',
      'all.1',
    ]);
  });

  test('conditions that contradict each other are not promised', async () => {
    const is = (value: string) => ({ trait: 'country', op: 'eq', value });
    const { situation, node } = await ask({ all: [is('FR'), is('AT')] });
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE).sure).toBe(false);
  });

  test('says since when, until when, and by when the next order has to come', async () => {
    const loyal = { event: 'order_placed', count: { op: 'gte', value: 2 }, within: { last: '60d' } };
    await createSegment(database.db, workspace, { key: 'loyal', name: 'Loyal', definition: loyal });
    const more = { ...loyal, count: { op: 'gte', value: 3 } };
    await createSegment(database.db, workspace, { key: 'more', name: 'More', definition: more });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
    const inside = await explain('loyal');
    expect(inside).toMatchObject({ member: true, since: AT, until: new Date(ahead(10)) });
    expect(inside.tree.events).toMatchObject([
      { name: 'order_placed', occurredAt: new Date(ago(5)), value: 25 },
      { name: 'order_placed', occurredAt: new Date(ago(50)), value: 40 },
    ]);
    const outside = await explain('more');
    expect(outside).toMatchObject({ member: false, since: null, sure: true, before: new Date(ahead(10)) });
    expect(outside.nearest?.[0]?.takes).toBe('one more order');
  });

  test('one load answers for every segment, members first and then the nearest', async () => {
    const { belongings } = await explainPerson(database.db, workspace, adaId);
    const members = belongings.map(({ member }) => member);
    expect(members).toEqual(members.toSorted((a, b) => Number(b) - Number(a)));
    expect(belongings.find(({ key }) => key === 'germans')).toMatchObject({ member: true, nearest: [] });
    const distances = belongings
      .filter((one) => !one.member && one.sure)
      .map(({ nearest }) => nearest.length);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    expect(distances.length).toBeGreaterThan(0);
  });

  async function ask(rule: object): Promise<{ situation: Situation; node: Node }> {
    const situation = await load();
    return { situation, node: parseDefinition(rule, situation.setting.known) };
  }

  async function explain(key: string) {
    return await explainMembership(database.db, workspace, { key, profileId: adaId, asOf: AT });
  }
});

/** Ids of the events that the answer shows as proof. */
function provingOf(node: Node, { person, setting }: Situation): Set<string> {
  return new Set(
    leavesOf(node).flatMap(({ leaf }) => eventsBehind(leaf, person, setting).map(({ id }) => id)),
  );
}

function unproved(person: Person, proving: Set<string>): Person {
  return { ...person, events: person.events.filter(({ id }) => !proving.has(id)) };
}
