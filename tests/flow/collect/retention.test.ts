import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../../src/base/clock.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { quarantineItems } from '../../../src/flow/collect/quarantine.ts';
import { emptyOldRecords } from '../../../src/flow/collect/retention.ts';
import { storeItems } from '../../../src/flow/collect/store.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

const { database } = await createTestDatabase();
const SOURCE = '0190a000-0000-7000-8000-000000000001';
afterEach(resetClock);

async function store(workspaceId: string, id: string) {
  const item = { stream: 'orders', externalId: id, payload: { id } };
  return await storeItems(database.db, { workspaceId, sourceId: SOURCE }, [item]);
}

/** Identify has taken everything but this one. */
async function carryAllBut(workspaceId: string, id: string): Promise<void> {
  await database.db.execute(
    sql`delete from pending_raw_events where workspace_id = ${workspaceId} and raw_event_id not in
          (select id from raw_events where workspace_id = ${workspaceId} and external_id = ${id})`,
  );
}

async function listKept(workspaceId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    database.db,
    sql`select external_id as id from raw_events where workspace_id = ${workspaceId} and payload is not null order by 1`,
  );
  return rows.map((row) => row.id);
}

test('what a source said goes after thirty days; what nobody has read yet stays, and what was seen stays known', async () => {
  startClockAt(new Date('2026-01-01T00:00:00Z'));
  const workspace = await createWorkspace(database);
  const stranger = await createWorkspace(database);
  for (const id of ['old', 'waiting']) await store(workspace.id, id);
  await store(stranger.id, 'of another business');
  await carryAllBut(workspace.id, 'waiting');
  startClockAt(new Date('2026-01-25T12:00:00Z'));
  await store(workspace.id, 'young');
  startClockAt(new Date('2026-02-05T12:00:00Z'));
  expect(await emptyOldRecords(database, workspace, null)).toEqual({ payloads: 1, quarantined: 0 });
  expect(await listKept(workspace.id)).toEqual(['waiting', 'young']);
  expect(await listKept(stranger.id)).toEqual(['of another business']);
  expect(await emptyOldRecords(database, workspace, null)).toEqual({ payloads: 0, quarantined: 0 });
  expect(await store(workspace.id, 'old')).toMatchObject({ new: 0, unchanged: 1 });
});

test('a business may keep records for a shorter time, and what was set aside keeps its reason only', async () => {
  startClockAt(new Date('2026-01-01T00:00:00Z'));
  const workspace = await createWorkspace(database, { settings: { retentionDays: 7 } });
  await quarantineItems(database.db, { workspaceId: workspace.id, sourceId: SOURCE }, [
    { stream: 'orders', path: 'id', reason: 'It has no id.', payload: { email: 'ada@example.com' } },
  ]);
  startClockAt(new Date('2026-01-09T00:00:00Z'));
  expect(await emptyOldRecords(database, workspace, new Date('2026-01-08T00:00:00Z'))).toMatchObject({
    quarantined: 1,
  });
  const rows = await rowsOf(
    database.db,
    sql`select reason, payload from quarantine where workspace_id = ${workspace.id}`,
  );
  expect(rows).toEqual([{ reason: 'It has no id.', payload: null }]);
});
