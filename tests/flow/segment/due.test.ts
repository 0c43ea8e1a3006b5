import { describe, expect, it } from 'vitest';
import { withWorkspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { isAnyoneDue } from '../../../src/flow/segment/due.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd, membersOf } from './crowd.ts';

const at = new Date('2026-11-22T12:00:00Z');
const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);
const buyer: Invented = {
  traits: {},
  events: [{ name: 'order_placed', minutesAgo: 60, value: '10', properties: {} }],
  consents: [],
  hasEmail: false,
};

describe('time alone', async () => {
  const { database } = await createTestDatabase();

  it.each([
    { event: 'order_placed', within: { last: '1d' } },
    ...['first_order_at', 'last_order_at', 'last_seen_at'].map((fact) => {
      return { fact, op: 'within', value: { last: '1d' } };
    }),
  ])('calls for a refresh when a window ends behind somebody, and not before: %o', async (definition) => {
    const workspace = await createWorkspace(database);
    await insertCrowd(database, workspace, [buyer], at);
    await createSegment(database.db, workspace, { key: 'today', name: 'Here today', definition });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: at });
    expect((await membersOf(database, workspace.id)).get('today')?.size).toBe(1);
    expect(await isDue(database, workspace.id, later(1379))).toBe(false);
    expect(await isDue(database, workspace.id, later(1380))).toBe(true);
    const moved = await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(1380) });
    expect(moved).toMatchObject({ left: 1 });
    expect((await membersOf(database, workspace.id)).get('today')).toBeUndefined();
  });

  it('calls for a refresh on the day of the year of the last order', async () => {
    const workspace = await createWorkspace(database);
    await insertCrowd(database, workspace, [buyer], at);
    await createSegment(database.db, workspace, {
      key: 'year',
      name: 'A year ago',
      definition: { fact: 'last_order_at', op: 'anniversary', value: { calendar: 'today' } },
    });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: later(2 * 1440) });
    expect((await membersOf(database, workspace.id)).get('year')).toBeUndefined();
    const yearLater = new Date('2027-11-22T12:00:00Z');
    expect(await isDue(database, workspace.id, yearLater)).toBe(true);
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: yearLater });
    expect((await membersOf(database, workspace.id)).get('year')?.size).toBe(1);
  });
});

async function isDue(database: Database, workspaceId: string, moment: Date): Promise<boolean> {
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) =>
    isAnyoneDue(db, workspace, moment),
  );
}
