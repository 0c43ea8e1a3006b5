import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { type Workspace, withWorkspace } from '../../src/db/doors.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { findFirstSize, readSizeHistory, readSizesByDay } from '../../src/reports/segment-trends.sql.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database, web } = await createTestDatabase();
let workspace: Workspace;
beforeEach(async () => {
  workspace = await createWorkspace(database);
  await createSegment(database.db, workspace, { key: 'tea', name: 'Tea', definition: { bucket: [0, 10] } });
});

/** In June the days of Berlin begin at 22:00 of the day before. */
async function count(sizes: [at: string, size: number][]): Promise<void> {
  await database.db.execute(sql`
    insert into segment_sizes (workspace_id, segment_key, as_of, size, entered, "left")
    select ${workspace.id}::uuid, 'tea', g.at, g.size, 1, 0
      from unnest(${sql.param(sizes.map(([at]) => at))}::timestamptz[], ${sql.param(sizes.map(([, size]) => size))}::bigint[]) as g (at, size)`);
}

const span = () => ({
  workspaceId: workspace.id,
  zone: 'Europe/Berlin',
  asOf: new Date('2026-06-04T10:00:00Z'),
  days: 30,
});

test('a day has the size at its end in the zone of the business, and one without a change that of the day before', async () => {
  await count([
    ['2026-06-01T08:00:00Z', 5],
    ['2026-06-01T21:59:00Z', 7],
    ['2026-06-01T22:00:00Z', 9],
    ['2026-06-04T09:00:00Z', 11],
  ]);
  const days = [
    { day: '2026-06-01', size: 7 },
    { day: '2026-06-02', size: 9 },
    { day: '2026-06-03', size: 9 },
    { day: '2026-06-04', size: 11 },
  ];
  await withWorkspace(web, workspace.id, async ({ db }) => {
    expect(await readSizeHistory(db, { ...span(), key: 'tea' })).toEqual(days);
    expect(await readSizesByDay(db, span())).toEqual(new Map([['tea', days]]));
    expect(await readSizeHistory(db, { ...span(), key: 'tea', days: 2 })).toEqual(days.slice(2));
    expect(await findFirstSize(db, { workspaceId: workspace.id, key: 'tea' })).toEqual(
      new Date('2026-06-01T08:00:00Z'),
    );
  });
});

test('a segment that was never counted has no days', async () => {
  await withWorkspace(web, workspace.id, async ({ db }) => {
    expect(await readSizeHistory(db, { ...span(), key: 'tea' })).toEqual([]);
    expect(await readSizesByDay(db, span())).toEqual(new Map());
    expect(await findFirstSize(db, { workspaceId: workspace.id, key: 'tea' })).toBeNull();
  });
});
