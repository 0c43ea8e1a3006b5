import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment, getSegment, updateSegment } from '../../../src/flow/segment/segments.ts';
import { switchSegment } from '../../../src/flow/segment/switching.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { waitForBlocked } from '../../setup/blocked.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const reachable = { identifier: 'email', is: 'present' };
const visitors = { event: 'page_viewed' };

describe('what somebody does while a refresh runs', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;
  let people: string[];
  let minutes = 0;

  beforeEach(async () => {
    workspace = await createWorkspace(database);
    people = await insertCrowd(database, workspace, fc.sample(person, { numRuns: 40, seed: 5 }), start);
    await createSegment(database.db, workspace, {
      key: 'reachable',
      name: 'Reachable',
      definition: reachable,
    });
    await createSegment(database.db, workspace, { key: 'edited', name: 'Edited', definition: visitors });
    await refresh();
    await markChanged(database.db, workspace.id, people);
  });

  it('an edited rule is computed by the next one', async () => {
    await whileRefreshing(
      () => refresh(),
      async () => {
        await updateSegment(database.db, workspace, 'edited', { definition: { none: [visitors] } });
      },
    );
    expect(await statusOf('edited')).toBe('pending');
    await expectComputed('edited');
  });

  it('a rule edited while the old one is found too slow is computed by the next one', async () => {
    await whileRefreshing(
      () => refresh({ budget: { someMs: 2_000, everyoneMs: 2_000 } }),
      async (running) => {
        await updateSegment(database.db, workspace, 'reachable', { definition: visitors });
        // The old one goes on waiting until its time is over.
        await running;
      },
    );
    expect(await statusOf('reachable')).toBe('pending');
    await expectComputed('reachable');
  });

  it('a segment of the library is switched while everyone is scored', async () => {
    await refresh({ score: true });
    const [{ key } = { key: '' }] = await rowsOf<{ key: string }>(
      database.db,
      sql`select key from segments where workspace_id = ${workspace.id} and kind = 'library' order by key`,
    );
    await markChanged(database.db, workspace.id, people);
    await whileRefreshing(
      () => refresh({ score: true }),
      async () => {
        await database.db.transaction(async (tx) => {
          await tx.execute(sql`set local lock_timeout = '2s'`);
          await switchSegment(tx, { workspaceId: workspace.id, key, to: 'off' });
        });
      },
    );
    expect(await getSegment(database.db, workspace.id, key)).toMatchObject({ isEnabled: false });
  });

  async function refresh(wish: { score?: boolean; budget?: { someMs: number; everyoneMs: number } } = {}) {
    minutes += 1;
    const asOf = new Date(start.getTime() + minutes * 60_000);
    return await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf, ...wish });
  }

  /** Holds up whoever asks for identifiers until something was done. */
  async function whileRefreshing(
    work: () => Promise<unknown>,
    something: (running: Promise<unknown>) => Promise<unknown>,
  ): Promise<void> {
    const holder = await database.pool.connect();
    await holder.query('begin; lock table identifiers in access exclusive mode');
    const running = work();
    try {
      await waitForBlocked(database);
      await something(running);
    } finally {
      await holder.query('rollback');
      holder.release();
      await running;
    }
  }

  async function expectComputed(key: string): Promise<void> {
    await refresh();
    expect(await statusOf(key)).toBe('ready');
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  }

  async function statusOf(key: string): Promise<string> {
    return (await getSegment(database.db, workspace.id, key)).status;
  }
});
