import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { segments } from '../../../src/db/schema/segment.ts';
import { previewInDetail } from '../../../src/flow/segment/preview.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { findTwins } from '../../../src/flow/segment/twins.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

const AT = new Date('2026-11-22T12:00:00Z');
const upTo = (value: number) => ({ all: [{ trait: 'n', op: 'lte', value }] });
let database: Database;
let workspace: Workspace;

/** Sixty numbered people; 40 of them in one segment, 10 in another. */
beforeAll(async () => {
  ({ database } = await createTestDatabase());
  workspace = await createWorkspace(database);
  const [base] = fc.sample(person, 1);
  const people = Array.from({ length: 60 }, (_, index) => ({
    ...base!,
    events: [],
    traits: { n: index + 1 },
  }));
  await insertCrowd(database, workspace, people, AT);
  for (const size of [40, 10])
    await createSegment(database.db, workspace, {
      key: `n${size}`,
      name: `Up to ${size}`,
      definition: upTo(size),
    });
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: AT });
});

const twinsOf = async (definition: unknown, key = '') =>
  await withWorkspace(database, workspace.id, async ({ db }) => {
    const preview = await previewInDetail(db, workspace, { definition, asOf: AT });
    return (await findTwins(db, preview, key)).map(({ message }) => message);
  });

test('a rule that says the same is told from one that says nearly the same', async () => {
  expect(await twinsOf({ any: [upTo(40)] })).toEqual(['“Up to 40” has the same rule.']);
  expect(await twinsOf(upTo(41))).toEqual([
    '“Up to 40” holds nearly the same people: 98 of 100 are in both.',
  ]);
});

test('others are no twins: too different, too few to tell, or the very segment that is edited', async () => {
  expect(await twinsOf(upTo(43))).toEqual([]);
  expect(await twinsOf({ all: [{ trait: 'n', op: 'gt', value: 20 }] })).toEqual([]);
  expect(await twinsOf({ all: [{ trait: 'n', op: 'lt', value: 11 }] })).toEqual([]);
  expect(await twinsOf(upTo(41), 'n40')).toEqual([]);
});

test('a segment that is switched off is no twin: nobody can use it', async () => {
  const off = { key: 'off', name: 'Off', definition: upTo(30) };
  await createSegment(database.db, workspace, off);
  expect(await twinsOf(upTo(30))).toEqual(['“Off” has the same rule.']);
  await database.db.update(segments).set({ isEnabled: false }).where(eq(segments.key, off.key));
  expect(await twinsOf(upTo(30))).toEqual([]);
});
