import { describe, expect, test } from 'vitest';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { applyChanges, type Change } from '../../../src/flow/segment/remedies/change.ts';
import { FACT_NAMES } from '../../../src/flow/segment/rules/fact-names.ts';
import { carry } from '../../../src/tasks/pipeline.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { createListeningWorkspace, tell } from '../../setup/people.ts';
import { AT, meetAda, situationAt } from './ada.ts';

/** What scores say comes with the next scoring. */
const EVENTFUL = FACT_NAMES.filter((name) => !/^(rfm_|lifecycle|expected_|churn_|predicted_)/.test(name));
const happens = (name: string, value: number | null = null): Change => ({
  type: 'event',
  name,
  times: 1,
  value: value === null ? null : BigInt(value) * 1_000_000n,
  properties: {},
});
/** One after another, each a millisecond after the one before. */
const CHANGES = [
  happens('order_placed', 41),
  happens('order_refunded', 15),
  happens('page_viewed'),
  happens('screen_viewed'),
  happens('signed_up'),
  happens('email_sent'),
  happens('email_opened'),
  happens('email_clicked'),
  happens('order_refunded', 200),
];

describe('what is foreseen', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createListeningWorkspace(database);
  const adaId = await meetAda(database, workspace);

  test('of the facts after an event is what they are once it came', async () => {
    let foreseen = await situationAt(database, workspace, { id: adaId });
    for (const [index, change] of CHANGES.entries()) {
      foreseen = applyChanges(foreseen, [change]);
      const asOf = foreseen.setting.asOf;
      expect(asOf.getTime()).toBe(AT.getTime() + index + 1);
      if (change.type !== 'event') continue;
      const properties = change.value === null ? {} : { value: Number(change.value) / 1_000_000 };
      await tell(database, workspace, [
        { at: asOf.toISOString(), userId: 'ada', event: change.name, properties },
      ]);
      await carry(database, workspace.id, { waitMs: 5_000 });
      await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
      const { person } = await situationAt(database, workspace, { id: adaId, asOf });
      for (const name of EVENTFUL)
        expect(foreseen.person.facts[name], `${name} after ${change.name}`).toEqual(person.facts[name]);
    }
  });
});
