import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../../src/base/clock.ts';
import { addConnector } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { postponeAsking, readNotBefore } from '../../../src/flow/collect/budget.sql.ts';
import { lengthen, vary } from '../../../src/flow/collect/budget.ts';
import { configureConnections, openContext } from '../../../src/flow/collect/connection.ts';
import { createSource, type Source } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { growRecords, orchardConnector, startOrchard } from '../../vendors/orchard.ts';

const { database, url } = await createTestDatabase();
const other = openDatabase(url, { max: 2 });
const orchard = await startOrchard(growRecords(20));
let workspace: Workspace;
let source: Source;

addConnector(orchardConnector as never);
afterAll(async () => {
  await orchard.close();
  await closeDatabase(other);
});
afterEach(() => {
  resetClock();
  orchard.misbehave = () => false;
  orchard.requests.length = 0;
});
beforeEach(async () => {
  configureConnections({ allow: [orchard.host], tries: 2, patienceMs: 5_000 });
  workspace = await createWorkspace(database);
  const settings = { baseUrl: orchard.url, apiKey: 'a key' };
  const wish = { workspace, connector: 'orchard', name: 'Orchard', settings };
  ({ source } = await createSource(database.db, wish));
});

function refuse(retryAfter: string) {
  orchard.misbehave = (_request, response) => {
    response.writeHead(429, { 'retry-after': retryAfter }).end();
    return true;
  };
}

describe('a vendor that asked one process to wait', () => {
  test('is asked nothing by another one, which says so', async () => {
    refuse('600');
    await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    orchard.misbehave = () => false;
    orchard.requests.length = 0;
    const result = await syncSource(other, workspace.id, source.id, { trigger: 'manual' });
    expect(result).toMatchObject({ status: 'failed', message: expect.stringMatching(/asked us to wait/) });
    const ask = openContext(other, workspace, source).http({ url: `${orchard.url}/apples?offset=0&limit=1` });
    await expect(ask).rejects.toThrow(/asked us to wait/);
    expect(orchard.requests).toEqual([]);
    startClockAt(new Date(now().getTime() + 1_000_000));
    const later = await syncSource(other, workspace.id, source.id, { trigger: 'manual' });
    expect(later).toMatchObject({ status: 'succeeded', new: 20 });
  });

  test('for a moment is asked by another one right after it', async () => {
    let asked = 0;
    orchard.misbehave = (_request, response) => {
      if (asked++ > 0) return false;
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    };
    const first = syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    await expect.poll(async () => await readNotBefore(other.db, source)).not.toBeNull();
    const notBefore = (await readNotBefore(other.db, source))!;
    const { http } = openContext(other, workspace, source);
    await http({ url: `${orchard.url}/apples?offset=0&limit=1` });
    expect(now().getTime()).toBeGreaterThanOrEqual(notBefore.getTime());
    expect(await first).toMatchObject({ status: 'succeeded', new: 20 });
  });

  test('is left alone for the longest that it asked', async () => {
    refuse('900');
    await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    const long = await readNotBefore(database.db, source);
    await postponeAsking(other.db, source, new Date(now().getTime() + 60_000));
    expect(await readNotBefore(database.db, source)).toEqual(long);
  });
});

test('what is tried again comes a fifth sooner or later, and never before a vendor asked', () => {
  const tries = Array.from({ length: 500 }, () => [vary(1_000), lengthen(1_000)] as const);
  expect(tries.every(([varied]) => varied >= 800 && varied <= 1_200)).toBe(true);
  expect(tries.every(([, longer]) => longer >= 1_000 && longer <= 1_200)).toBe(true);
  expect(new Set(tries.map(([varied]) => varied)).size).toBeGreaterThan(100);
});
