import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listPropertyValues, listTraitValues } from '../../src/reports/dictionary-values.sql.ts';
import { insertCrowd, person } from '../flow/segment/crowd.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const AT = new Date('2026-11-22T12:00:00Z');
const PEOPLE = [
  { plan: 'gold', tags: ['a', 'b'], story: 'y'.repeat(101) },
  { plan: 'gold', tags: ['b'], age: 5 },
  { plan: "o'; drop table x; --", tags: [], 'quote"$1': true },
];

test('the values people have are listed with their counts, of one business only, and no long texts', async () => {
  const { database } = await createTestDatabase();
  const [base] = fc.sample(person, 1);
  const bought = (sku: unknown, minutesAgo: number) => ({
    name: 'order_placed',
    minutesAgo,
    value: null,
    properties: { sku, note: 'x'.repeat(200) },
  });
  const people = PEOPLE.map((traits, index) => ({
    ...base!,
    traits,
    events: [bought(index === 0 ? 'oolong' : ['assam'], index)],
  }));
  const workspace = await createWorkspace(database);
  await insertCrowd(database, workspace, people, AT);
  await insertCrowd(database, await createWorkspace(database), people.slice(0, 1), AT);

  const names = ['plan', 'tags', 'story', 'age', 'quote"$1', 'nobody has this'];
  const found = await listTraitValues(database.db, workspace.id, names);
  const plainly = (name: string) => found.get(name)?.map(({ value, count }) => `${value} ${count}`);
  expect(plainly('plan')).toEqual(['gold 2', "o'; drop table x; -- 1"]);
  expect(plainly('tags')).toEqual(['b 2', 'a 1']);
  expect(plainly('age')).toEqual(['5 1']);
  expect([...found.keys()].sort()).toEqual(['age', 'plan', 'quote"$1', 'tags']);
  const asked = { event: 'order_placed', properties: ['sku', 'note'] };
  const ofEvents = await listPropertyValues(database.db, workspace.id, asked);
  expect(ofEvents.get('sku')).toEqual([
    { value: 'assam', count: 2 },
    { value: 'oolong', count: 1 },
  ]);
  expect([...ofEvents.keys()]).toEqual(['sku']);
});
