import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment, updateSegment } from '../../../src/flow/segment/segments.ts';
import { switchSegment } from '../../../src/flow/segment/switching.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const budget = { someMs: 2_000, everyoneMs: 2_000 };
const bought = { event: 'order_placed' };
const RULES = {
  buyers: bought,
  reachable: { identifier: 'email', is: 'present' },
  'reachable-buyers': { all: [bought, { segment: 'reachable', is: 'in' }] },
  visitors: { event: 'page_viewed' },
};

describe('a segment that takes too long', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;
  let minutes = 0;
  const refresh = async (wish: { score?: boolean } = {}) => {
    minutes += 1;
    const asOf = new Date(start.getTime() + minutes * 60_000);
    return await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf, budget, ...wish });
  };

  beforeAll(async () => {
    workspace = await createWorkspace(database);
    await insertCrowd(database, workspace, fc.sample(person, 40), start);
    for (const [key, definition] of Object.entries(RULES))
      await createSegment(database.db, workspace, { key, name: key, definition });
    await refresh();
  });

  it('is parked with those that name it, keeps its result, and holds up no other', async () => {
    const before = await states();
    await insertCrowd(database, workspace, fc.sample(person, 20), start);
    await withIdentifiersLocked(refresh);
    const after = await states();
    expect(after.reachable).toEqual({
      ...before.reachable,
      status: 'parked',
      reason:
        'computing it took longer than a minute; it is tried again tonight, and when its rule is edited',
    });
    expect(after['reachable-buyers']).toMatchObject({
      size: before['reachable-buyers']!.size,
      status: 'parked',
      reason: 'it names “reachable”, which is parked; it follows as soon as that one is computed',
    });
    expect(after.buyers).toMatchObject({ status: 'ready', reason: null });
    expect(after.buyers!.asOf).not.toEqual(before.buyers!.asOf);
    // What says that it is behind is no fault; everything else is held against a computation from nothing.
    const verified = await verifyWorkspace(database, workspace.id);
    expect(verified.leftOut.sort()).toEqual(['reachable', 'reachable-buyers']);
    expect(verified.differences).toEqual([]);
  });

  it('is left alone until the night, and then catches up with those that name it', async () => {
    await refresh();
    expect((await states()).reachable).toMatchObject({ status: 'parked' });
    await refresh({ score: true });
    const { reachable, 'reachable-buyers': both } = await states();
    expect([reachable, both]).toMatchObject([
      { status: 'ready', reason: null },
      { status: 'ready', reason: null },
    ]);
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  });

  it('is tried again at once when its rule is edited', async () => {
    await touchSomebody();
    await withIdentifiersLocked(refresh);
    expect((await states()).reachable).toMatchObject({ status: 'parked' });
    await updateSegment(database.db, workspace, 'reachable', {
      definition: { identifier: 'phone', is: 'present' },
    });
    await refresh();
    expect((await states()).reachable).toMatchObject({ status: 'ready', reason: null });
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  });

  it('is computed anew when it is switched off and on, for it has missed refreshes', async () => {
    await createSegment(database.db, workspace, {
      key: 'library',
      name: 'library',
      definition: RULES.reachable,
    });
    await database.db.execute(sql`
      update segments set kind = 'library' where workspace_id = ${workspace.id} and key = 'library'`);
    await refresh();
    await touchSomebody();
    await withIdentifiersLocked(refresh);
    await insertCrowd(database, workspace, fc.sample(person, 5), start);
    await refresh();
    for (const to of ['off', 'on'] as const)
      await switchSegment(database.db, { workspaceId: workspace.id, key: 'library', to });
    await refresh();
    const { library } = await states('library');
    expect(library).toMatchObject({ status: 'ready', reason: null });
    const { differences } = await verifyWorkspace(database, workspace.id);
    expect(differences.map(segmentOf)).not.toContain('library');
  });

  /** Who asks for identifiers waits for ever. */
  async function withIdentifiersLocked(work: () => Promise<unknown>): Promise<void> {
    const holder = await database.pool.connect();
    try {
      await holder.query('begin; lock table identifiers in access exclusive mode');
      await work();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  }

  async function touchSomebody(): Promise<void> {
    const [one] = await rowsOf<{ id: string }>(
      database.db,
      sql`select id from profiles where workspace_id = ${workspace.id} limit 1`,
    );
    await markChanged(database.db, workspace.id, [one!.id]);
  }

  async function states(kind = 'custom') {
    const rows = await rowsOf<{
      key: string;
      status: string;
      reason: string | null;
      size: number;
      asOf: string;
    }>(
      database.db,
      sql`select s.key, s.status, s.status_reason as reason, s.size::int as size, s.as_of::text as "asOf"
            from segments s where s.workspace_id = ${workspace.id} and s.kind = ${kind}`,
    );
    return Object.fromEntries(rows.map(({ key, ...state }) => [key, state]));
  }
});

function segmentOf(difference: { type: string; segment?: string }): string | undefined {
  return difference.segment;
}
