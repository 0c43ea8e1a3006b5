import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { createSegment } from '../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../src/flow/segment/verify.ts';
import { updateWorkspace } from '../../src/staff/workspaces.ts';
import { refreshIfNeeded } from '../../src/tasks/refreshing.ts';
import { insertCrowd } from '../flow/segment/crowd.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database } = await createTestDatabase();
const start = new Date('2026-11-22T12:00:00Z');
const MINUTE_MS = 60_000;
afterEach(() => resetClock());

describe('a business that chooses another', () => {
  test('time zone has the days and dates of everyone in it with the next look', async () => {
    const workspace = await createWorkspace(database, { timezone: 'Europe/Berlin' });
    const orders = [{ name: 'order_placed', minutesAgo: 11 * 60, value: '10', properties: {} }];
    const traits = { trialEndsAt: '2026-11-23', birthday: '1990-11-23T05:00:00Z' };
    await insertCrowd(database, workspace, [{ traits, events: orders, consents: [], hasEmail: true }], start);
    await look(workspace, 0, {
      bought: { event: 'order_placed', within: { calendar: 'today' } },
      ending: { trait: 'trialEndsAt', op: 'within', value: { calendar: 'today' } },
      birthday: { trait: 'birthday', op: 'anniversary', value: { calendar: 'today' } },
    });
    expect(await membersOf(workspace)).toEqual(['bought']);

    // There it is the next day already, and the day of the trial's end begins with it.
    const there = await change(workspace, { timezone: 'Pacific/Auckland' });
    await look(there, 1);
    expect(await membersOf(there)).toEqual(['birthday', 'ending']);
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
    const [dated] = await rowsOf<{ at: string }>(
      database.db,
      sql`select at from dated_values where workspace_id = ${workspace.id} and name = 'trait:trialEndsAt'`,
    );
    expect(new Date(dated!.at).toISOString()).toBe('2026-11-22T11:00:00.000Z');
  });

  test('currency has the revenue of everyone in it with the next look', async () => {
    const workspace = await createWorkspace(database, { currency: 'EUR' });
    const orders = [{ name: 'order_placed', minutesAgo: 60, value: '10', properties: {} }];
    await insertCrowd(
      database,
      workspace,
      [{ traits: {}, events: orders, consents: [], hasEmail: true }],
      start,
    );
    await database.db.execute(sql`update events set currency = 'EUR' where workspace_id = ${workspace.id}`);
    await look(workspace, 0, { paid: { fact: 'net_revenue', op: 'gt', value: 0 } });
    expect(await membersOf(workspace)).toEqual(['paid']);
    await look(await change(workspace, { currency: 'USD' }), 1);
    expect(await membersOf(workspace)).toEqual([]);
  });

  test('name has nobody computed anew', async () => {
    const workspace = await createWorkspace(database);
    const { isComputedAnew } = await updateWorkspace(database, workspace.id, { ...workspace, name: 'Other' });
    expect(isComputedAnew).toBe(false);
  });
});

/** The look of a minute, after segments were made. */
async function look(workspace: Workspace, minutes: number, made: Record<string, object> = {}): Promise<void> {
  startClockAt(new Date(start.getTime() + minutes * MINUTE_MS));
  for (const [key, definition] of Object.entries(made))
    await createSegment(database.db, workspace, { key, name: key, definition });
  await refreshIfNeeded(database, workspace.id);
}

async function change(workspace: Workspace, part: Partial<Workspace>): Promise<Workspace> {
  const { name, timezone, currency, kind } = { ...workspace, ...part };
  await updateWorkspace(database, workspace.id, { name, timezone, currency, kind });
  return { ...workspace, ...part };
}

async function membersOf(workspace: Workspace): Promise<string[]> {
  const rows = await rowsOf<{ key: string }>(
    database.db,
    sql`select m.segment_key as key from memberships m
          join segments s on s.workspace_id = m.workspace_id and s.key = m.segment_key and s.kind = 'custom'
         where m.workspace_id = ${workspace.id} and m.left_at is null order by 1`,
  );
  return rows.map(({ key }) => key);
}
