import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { isAnyoneDue } from '../../../src/flow/segment/due.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');

describe('a stored rule that can no longer be read', async () => {
  const { database } = await createTestDatabase();
  let workspace: Workspace;

  beforeAll(async () => {
    workspace = await createWorkspace(database);
    const seen = { name: 'page_viewed', minutesAgo: 60, value: null, properties: {} };
    const visitor = { traits: {}, events: [seen], consents: [], hasEmail: true };
    await insertCrowd(database, workspace, [visitor], start);
    const definition = { event: 'page_viewed', within: { last: '2h' } };
    for (const key of ['old', 'visitors'])
      await createSegment(database.db, workspace, { key, name: key, definition });
    await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: start });
    await database.db.execute(sql`
      update segments set definition = '{"written": "long ago"}' where workspace_id = ${workspace.id} and key = 'old'`);
  });

  it('does not keep the minute from finding who is due in others', async () => {
    const minutesLater = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
    expect(await isAnyoneDue(database.db, workspace, minutesLater(59))).toBe(false);
    expect(await isAnyoneDue(database.db, workspace, minutesLater(60))).toBe(true);
  });

  it('is left out of a verification, which names it and goes on with the others', async () => {
    expect(await verifyWorkspace(database, workspace.id)).toMatchObject({
      leftOut: ['old'],
      differences: [],
    });
  });
});
