import { eq } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../../src/base/clock.ts';
import { segmentSizes } from '../../../src/db/schema/segment.ts';
import { thinSizes } from '../../../src/flow/segment/sizes.sql.ts';
import { readMovementByDay } from '../../../src/reports/segment-movement.sql.ts';
import { keepHouse } from '../../../src/tasks/housekeeping.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

const { database } = await createTestDatabase();
const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Berlin';
/** Over the night in which the clocks go back. */
const FROM = new Date('2026-10-23T22:00:00Z');
const HOURS = 24 * 5;

afterEach(resetClock);

async function countedEachHour(keys = ['buyers', 'readers']) {
  const workspace = await createWorkspace(database, { timezone: ZONE });
  const rows = keys.flatMap((segmentKey) =>
    Array.from({ length: HOURS }, (_, hour) => ({
      workspaceId: workspace.id,
      segmentKey,
      asOf: new Date(FROM.getTime() + hour * HOUR_MS),
      size: 100 + hour * segmentKey.length,
      entered: hour + segmentKey.length,
      left: hour,
    })),
  );
  await database.db.insert(segmentSizes).values(rows);
  const byDay = async () =>
    await Promise.all(
      keys.map(
        async (key) =>
          await readMovementByDay(database.db, { workspaceId: workspace.id, key, zone: ZONE, since: FROM }),
      ),
    );
  const count = async () =>
    (await database.db.select().from(segmentSizes).where(eq(segmentSizes.workspaceId, workspace.id))).length;
  return { workspace, byDay, count };
}

test('sizes of old days are kept by the day, and every chart by day stays as it was', async () => {
  const { workspace, byDay, count } = await countedEachHour();
  const other = await countedEachHour();
  const before = await byDay();
  const third = new Date('2026-10-25T23:00:00Z');
  const gone = await thinSizes(database.db, { workspaceId: workspace.id, zone: ZONE, before: third });
  expect(await byDay()).toEqual(before);
  // Two days each of 24 and 25 hours but their last count, and but the very first of all.
  expect(gone).toBe(2 * (24 - 2 + 25 - 1));
  expect(await count()).toBe(2 * HOURS - gone);
  expect(await thinSizes(database.db, { workspaceId: workspace.id, zone: ZONE, before: third })).toBe(0);
  expect(await byDay()).toEqual(before);
  expect(await other.count()).toBe(2 * HOURS);
});

test('the house is kept by thinning what is two months old, and nothing younger', async () => {
  const { workspace, byDay, count } = await countedEachHour(['buyers']);
  const before = await byDay();
  startClockAt(new Date('2026-12-25T12:00:00Z'));
  await keepHouse(database, workspace.id, []);
  expect(await count()).toBe(HOURS - (24 - 2 + 25 - 1));
  expect(await byDay()).toEqual(before);
});
