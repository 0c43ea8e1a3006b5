import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, type Database, openDatabase } from '../../../src/db/pool.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person, writeEvents } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const hours = (count: number) => new Date(start.getTime() + count * 3_600_000);
const visited = (last: string) => ({ event: 'page_viewed', within: { last } });
const RULES = {
  week: visited('7d'),
  often: { event: 'page_viewed', count: { op: 'gte', value: 2 }, within: { last: '7d' } },
  fortnight: visited('14d'),
  month: visited('30d'),
  buyers: { fact: 'orders', op: 'gte', value: 1 },
  lately: { all: [{ fact: 'last_order_at', op: 'within', value: { last: '7d' } }, visited('14d')] },
  keen: { all: [{ segment: 'week', is: 'in' }, visited('14d')] },
};
/** Enough that half of them are worth a connection of their own. */
const PEOPLE = 1_200;

describe('people looked at on a second connection', async () => {
  const { database, url } = await createTestDatabase();
  const narrow = openDatabase(url, { max: 1 });
  afterAll(async () => await closeDatabase(narrow));
  const people = fc.sample(person, { numRuns: PEOPLE, seed: 7 }).map((one, index) => ({
    ...one,
    events: [
      ...one.events,
      // Windows of three lengths end behind everyone in the same half hour.
      ...[7, 14, 30].map((days) => ({
        name: 'page_viewed',
        minutesAgo: days * 1440 - 90 - (index % 30),
        value: null,
        properties: {},
      })),
    ],
  }));
  let beside: Awaited<ReturnType<typeof liveThrough>>;

  beforeAll(async () => {
    beside = await liveThrough(database);
  });

  it('enter and leave as those who are looked at on one', async () => {
    const alone = await liveThrough(narrow);
    expect(beside.moves).toEqual(alone.moves);
    expect(beside.moves.every(({ entered, left }) => entered + left > PEOPLE / 2)).toBe(true);
  });

  it('equal a computation from nothing', () => {
    expect(beside.differences).toEqual([[], [], []]);
  });

  /** Everyone at once, then everyone changed, then two hours in which nothing but time passes. */
  async function liveThrough(through: Database) {
    const workspace = await createWorkspace(through);
    const ids = await insertCrowd(through, workspace, people, start);
    for (const [key, definition] of Object.entries(RULES))
      await createSegment(through.db, workspace, { key, name: key, definition });
    const moves: { evaluated: number; entered: number; left: number }[] = [];
    const differences: unknown[][] = [];
    const refresh = async (asOf: Date) => {
      const { evaluated, entered, left } = await refreshWorkspace(through, workspace.id, {
        trigger: 'test',
        asOf,
      });
      moves.push({ evaluated, entered, left });
      differences.push((await verifyWorkspace(through, workspace.id)).differences);
    };
    await refresh(start);
    const bought = { name: 'order_placed', minutesAgo: 10, value: '10', properties: {} };
    const rows = ids.map((id) => ({ id, given: { events: [bought] } }));
    await writeEvents(through, workspace, rows, start);
    await refresh(hours(1));
    await refresh(hours(3));
    return { moves, differences };
  }
});
