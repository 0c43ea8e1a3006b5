import { beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, membersOf, writeTraits } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const days = (count: number) => new Date(start.getTime() + count * 86_400_000);

describe('refreshes at one instant', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;
  let id: string;

  beforeEach(async () => {
    workspace = await createWorkspace(database);
    const someone = { traits: { plan: 'pro' }, events: [], consents: [], hasEmail: true };
    id = (await insertCrowd(database, workspace, [someone], start))[0]!;
    await create('pro', { trait: 'plan', op: 'eq', value: 'pro' });
    await create('long-in', { segment: 'pro', is: 'in', for: '1d' });
    await create('long-out', { segment: 'pro', is: 'out', for: '1d' });
  });

  it('let who left and came back stay in for as long as before', async () => {
    await refresh(start);
    await refresh(days(2));
    expect(await placesOf()).toEqual(['long-in', 'pro']);
    await become('free', days(2));
    expect(await placesOf()).toEqual([]);
    await become('pro', days(2));
    expect(await placesOf()).toEqual(['long-in', 'pro']);
    await refresh(days(5));
    expect(await placesOf()).toEqual(['long-in', 'pro']);
  });

  it('let who came and left again stay out for as long as before', async () => {
    await refresh(start);
    await become('free', days(1));
    await refresh(days(3));
    expect(await placesOf()).toEqual(['long-out']);
    await become('pro', days(3));
    expect(await placesOf()).toEqual(['pro']);
    await become('free', days(3));
    expect(await placesOf()).toEqual(['long-out']);
    await refresh(days(5));
    expect(await placesOf()).toEqual(['long-out']);
  });

  async function create(key: string, definition: unknown): Promise<void> {
    await createSegment(database.db, workspace, { key, name: key, definition });
  }

  async function become(plan: string, at: Date): Promise<void> {
    await writeTraits(database, workspace, [{ id, traits: { plan } }], at);
    await refresh(at);
  }

  async function refresh(asOf: Date): Promise<void> {
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
    expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  }

  async function placesOf(): Promise<string[]> {
    const members = await membersOf(database, workspace.id);
    return ['long-in', 'long-out', 'pro'].filter((key) => members.get(key)?.has(id));
  }
});
