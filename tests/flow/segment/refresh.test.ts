import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { newId } from '../../../src/db/ids.ts';
import { type Database, rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { stageOfEveryone } from '../../../src/flow/segment/differences.sql.ts';
import { loadKnowledge } from '../../../src/flow/segment/known.ts';
import { stageOfSome } from '../../../src/flow/segment/moves.sql.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { parseDefinition } from '../../../src/flow/segment/rules/node.ts';
import { createSegment, listSegments, updateSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertPurchases } from '../score/cdnow.ts';

const first = new Date('1998-07-01T00:00:00Z');
const days = (count: number) => new Date(first.getTime() + count * 86_400_000);

describe('segments of the published purchase log', async () => {
  const { database } = await createTestDatabase();
  const workspace = await createWorkspace(database, { timezone: 'UTC', currency: 'USD' });
  beforeAll(async () => {
    await insertPurchases(database, workspace);
    await createSegment(database.db, workspace, {
      key: 'big',
      name: 'Big',
      definition: { all: [{ fact: 'net_revenue', op: 'gte', value: 500 }] },
    });
    await createSegment(database.db, workspace, {
      key: 'big-lately',
      name: 'Big lately',
      definition: {
        all: [
          { segment: 'big', is: 'in' },
          { event: 'order_placed', within: { last: '30d' } },
        ],
      },
    });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: first });
  });

  it('fill the grid and the RFM groups with every buyer once', async () => {
    expect(await sizeOf(database, workspace, 'lifecycle')).toBe(2357);
    expect(await sizeOf(database, workspace, 'rfm')).toBe(2357);
    expect(await verifyWorkspace(database, workspace.id)).toMatchObject({ profiles: 2357, differences: [] });
  });

  it('stay as they are when nothing changed', async () => {
    const again = await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: first });
    expect(again).toMatchObject({ evaluated: 0, entered: 0, left: 0 });
  });

  it('are compared alike in whatever order they are asked', async () => {
    const { db } = database;
    const { nameIds, known, chosen } = await loadKnowledge(db, workspace);
    const asked = (await listSegments(db, workspace.id)).map(({ key, definition }) => ({
      key,
      definition: parseDefinition(definition, known),
    }));
    const ids = (await rowsOf<{ id: string }>(db, sql`select id from profiles`)).map(({ id }) => id);
    const part = (profileIds: string[], segments: typeof asked) => ({
      looking: { known, nameIds, chosen, workspaceId: workspace.id, asOf: first, profileIds },
      asked: segments,
    });
    const parts = [part(ids.slice(0, 900), asked), part(ids.slice(900), asked.toReversed())];
    await db.transaction(async (tx) => {
      await stageOfSome(tx, newId(), parts);
      expect(await rowsOf(tx, sql`select * from staged_changes`)).toEqual([]);
      await stageOfEveryone(
        tx,
        newId(),
        { looking: { ...parts[0]!.looking, profileIds: null }, asked },
        true,
      );
      expect(await rowsOf(tx, sql`select * from staged_changes`)).toEqual([]);
    });
  });

  it('let people go by time alone, and equal a computation from nothing', async () => {
    const before = await membersOf(database, workspace, 'big-lately');
    const later = await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: days(10) });
    expect(later.left).toBeGreaterThan(0);
    expect(await membersOf(database, workspace, 'big-lately')).toBeLessThan(before);
    expect(await verifyWorkspace(database, workspace.id)).toMatchObject({ differences: [] });
  });

  it('follow a person whose data changed, and no one else', async () => {
    const [one] = await rowsOf<{ id: string }>(
      database.db,
      sql`select profile_id as id from facts where workspace_id = ${workspace.id} and orders = 1 order by 1 limit 1`,
    );
    await database.db.execute(
      sql`update events set value = 5000 where workspace_id = ${workspace.id} and profile_id = ${one!.id}`,
    );
    await markChanged(database.db, workspace.id, [one!.id]);
    const asOf = days(10);
    const size = await membersOf(database, workspace, 'big');
    expect(await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf })).toMatchObject({
      evaluated: 1,
    });
    expect(await membersOf(database, workspace, 'big')).toBe(size + 1);
    expect(await verifyWorkspace(database, workspace.id)).toMatchObject({ differences: [] });
  });

  it('are computed anew when their rule is edited, and segments that name them follow', async () => {
    await updateSegment(database.db, workspace, 'big', {
      definition: { all: [{ fact: 'net_revenue', op: 'gte', value: 50 }] },
    });
    const size = await membersOf(database, workspace, 'big');
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: days(11) });
    expect(await membersOf(database, workspace, 'big')).toBeGreaterThan(size);
    expect(await verifyWorkspace(database, workspace.id)).toMatchObject({ differences: [] });
    const full = await refreshWorkspace(database, workspace.id, {
      trigger: 'test',
      asOf: days(11),
      full: true,
    });
    expect(full).toMatchObject({ entered: 0, left: 0 });
  });

  it('refuse a circle of segments, with its path', async () => {
    const circle = updateSegment(database.db, workspace, 'big', {
      definition: { segment: 'big-lately', is: 'in' },
    });
    await expect(circle).rejects.toThrow('big-lately → big → big-lately');
  });

  it('refuse to go back in time', async () => {
    await expect(refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: first })).rejects.toThrow(
      'Not before the last refresh',
    );
  });
});

async function sizeOf(database: Database, workspace: Workspace, kind: string): Promise<number> {
  const [row] = await rowsOf<{ size: number }>(
    database.db,
    sql`select sum(size)::int as size from segments where workspace_id = ${workspace.id} and kind = ${kind}`,
  );
  return row?.size ?? 0;
}

/** Counted from memberships, and equal to the size that is shown. */
async function membersOf(database: Database, workspace: Workspace, key: string): Promise<number> {
  const [row] = await rowsOf<{ members: number; size: number }>(
    database.db,
    sql`select (select count(*)::int from memberships where workspace_id = ${workspace.id} and segment_key = ${key} and left_at is null) as members,
               (select size::int from segments where workspace_id = ${workspace.id} and key = ${key}) as size`,
  );
  expect(row?.size).toBe(row?.members);
  return row?.members ?? 0;
}
