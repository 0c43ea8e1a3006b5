import { describe, expect, test } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { findNearest } from '../../../src/flow/segment/nearest.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { applyChanges, type Situation } from '../../../src/flow/segment/remedies/change.ts';
import { evaluate } from '../../../src/flow/segment/rules/evaluate.ts';
import { type Node, parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { explainMembership } from '../../../src/flow/segment/why.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { createListeningWorkspace, listPeople, tell } from '../../setup/people.ts';
import { AT, ago, meetAda, PATIENCE, situationAt } from './ada.ts';

const lately = { fact: 'last_order_at', op: 'within', value: { last: '2d' } };
const rich = { fact: 'net_revenue', op: 'gte', value: 500 };

describe('what it would take', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createListeningWorkspace(database);
  const adaId = await meetAda(database, workspace);

  test.each<[string, object, { path: string; takes: string }[]]>([
    [
      'the third order is also one of these days',
      { all: [{ fact: 'orders', op: 'eq', value: 3 }, lately] },
      [{ path: 'all.0', takes: 'one more order' }],
    ],
    [
      'three more orders are also one',
      { all: [lately, { fact: 'orders', op: 'gte', value: 5 }] },
      [{ path: 'all.1', takes: '3 more orders' }],
    ],
    [
      'the order that brings the money is the third',
      { all: [{ fact: 'orders', op: 'eq', value: 3 }, rich] },
      [{ path: 'all.1', takes: 'one more order with value of 435' }],
    ],
    [
      'the order that brings the money is one of two',
      { all: [{ fact: 'orders', op: 'eq', value: 4 }, rich] },
      [
        { path: 'all.0', takes: 'one more order' },
        { path: 'all.1', takes: 'one more order with value of 435' },
      ],
    ],
  ])('what happens once is asked for once: %s', async (_, rule, misses) => {
    const { situation, node } = await ask(rule);
    const explained = evaluate(node, situation.person, situation.setting);
    const nearest = findNearest(explained, situation, PATIENCE);
    expect(nearest).toMatchObject({ sure: true, misses });
    expect(nearest.misses).toHaveLength(misses.length);
    const after = applyChanges(situation, nearest.changes);
    expect(evaluate(node, after.person, after.setting).holds).toBe(true);
  });

  test.each<[string, object]>([
    [
      'a gap between orders',
      {
        all: [
          { fact: 'orders', op: 'gte', value: 3 },
          { fact: 'order_gap_days', op: 'gte', value: 40 },
        ],
      },
    ],
    [
      'an average that nothing is said of',
      {
        all: [
          { fact: 'orders', op: 'gte', value: 3 },
          { fact: 'average_order', op: 'gte', value: 30 },
        ],
      },
    ],
    [
      'an average that the order may raise',
      {
        all: [
          { fact: 'orders', op: 'gte', value: 3 },
          { fact: 'average_order', op: 'lt', value: 40 },
        ],
      },
    ],
    [
      'the number of visits',
      {
        all: [
          { fact: 'page_views', op: 'gte', value: 2 },
          { fact: 'sessions', op: 'lt', value: 2 },
        ],
      },
    ],
  ])('what an event turns besides is not overlooked: %s', async (_, rule) => {
    const { situation, node } = await ask(rule);
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE)).toMatchObject({ sure: false, changes: [] });
  });

  test.each<[string, object, string]>([
    ['less money', { fact: 'net_revenue', op: 'lt', value: 60 }, 'one more refund with value of 6'],
    ['a higher average', { fact: 'average_order', op: 'gte', value: 40 }, 'one more order with value of 55'],
    ['a lower average', { fact: 'average_order', op: 'lte', value: 5 }, 'one more refund with value of 55'],
  ])('%s comes by what was paid or given back', async (_, rule, takes) => {
    const { situation, node } = await ask(rule);
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE)).toMatchObject({ sure: true, misses: [{ takes }] });
  });

  test('who signed up long ago is not told to sign up', async () => {
    const lately = { fact: 'signed_up_at', op: 'within', value: { last: '30d' } };
    const { situation, node } = await ask(lately);
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE)).toMatchObject({
      sure: false,
      misses: [{ takes: null }],
    });
  });

  test('one order brings in who never bought, and who bought once, where an order of late is asked for', async () => {
    const ids = await meetNewcomers(database, workspace);
    const asked = async (profileId: string, key: string) =>
      await explainMembership(database.db, workspace, { key, profileId, asOf: AT });
    const once = { sure: true, nearest: [{ takes: 'one more order' }] };
    expect(await asked(ids.never, 'lifecycle-1-active')).toMatchObject(once);
    expect(await asked(ids.once, 'lifecycle-2-active')).toMatchObject(once);
    const thrice = { sure: true, nearest: [{ takes: '3 more orders' }] };
    expect(await asked(ids.never, 'lifecycle-3plus-active')).toMatchObject(thrice);
  });

  test('who never bought has an average with their first order, and no other way', async () => {
    const { never } = await meetNewcomers(database, workspace);
    const { situation, node } = await ask({ fact: 'average_order', op: 'set' }, never);
    const explained = evaluate(node, situation.person, situation.setting);
    expect(findNearest(explained, situation, PATIENCE)).toMatchObject({
      sure: true,
      misses: [{ takes: 'one more order' }],
    });
  });

  async function ask(rule: object, id = adaId): Promise<{ situation: Situation; node: Node }> {
    const situation = await situationAt(database, workspace, { id });
    return { situation, node: parseDefinition(rule, situation.setting.known) };
  }
});

/** One who never bought, and one who bought long ago. */
async function meetNewcomers(
  database: Database,
  workspace: Workspace,
): Promise<{ never: string; once: string }> {
  await tell(database, workspace, [
    { at: ago(20), userId: 'never', event: 'signed_up' },
    { at: ago(500), userId: 'once', event: 'order_placed', properties: { value: 9, order_id: 'c' } },
  ]);
  await carry(database, workspace.id, { waitMs: 5_000 });
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
  const people = await listPeople(database, workspace);
  const idOf = (userId: string) =>
    people.find(({ identifiers }) => identifiers.includes(`user_id ${userId}`))!.id;
  return { never: idOf('never'), once: idOf('once') };
}
