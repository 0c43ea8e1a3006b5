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

  async function ask(rule: object): Promise<{ situation: Situation; node: Node }> {
    const situation = await situationAt(database, workspace, adaId);
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
