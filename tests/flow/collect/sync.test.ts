import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../../src/base/clock.ts';
import { Conflict } from '../../../src/base/errors.ts';
import { addConnector } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { withLease } from '../../../src/db/leases.ts';
import { closeDatabase, type Db, openDatabase, rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource, getSource, type Source } from '../../../src/flow/collect/sources.ts';
import { storeItems } from '../../../src/flow/collect/store.ts';
import { type SyncOptions, syncSource } from '../../../src/flow/collect/sync.ts';
import { waitForBlocked } from '../../setup/blocked.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import {
  growRecords,
  type Orchard,
  type OrchardRecord,
  orchardConnector,
  startOrchard,
} from '../../vendors/orchard.ts';

const { database, url } = await createTestDatabase();
let orchard: Orchard;
let workspace: Workspace;
let source: Source;

beforeAll(async () => {
  addConnector(orchardConnector as never);
  orchard = await startOrchard([]);
});

afterAll(async () => await orchard.close());
afterEach(() => {
  resetClock();
  orchard.misbehave = () => false;
  orchard.requests.length = 0;
});

/** A fresh business with an orchard of so many records; the wire is impatient so that faults end soon. */
async function plant(count: number, options: { pageSize?: number } = {}) {
  configureConnections({ allow: [orchard.host], tries: 2, patienceMs: 20, idleMs: 300, timeoutMs: 600 });
  orchard.records = growRecords(count);
  workspace = await createWorkspace(database);
  const settings = { baseUrl: orchard.url, apiKey: 'a key', pageSize: options.pageSize ?? 100 };
  ({ source } = await createSource(database.db, {
    workspace,
    connector: 'orchard',
    name: 'Orchard',
    settings,
  }));
}

async function sync(options: Partial<SyncOptions> = {}) {
  return await syncSource(database, workspace.id, source.id, { trigger: 'manual', ...options });
}

/** What a webhook would have brought of these records. */
async function tell(records: OrchardRecord[], db: Db = database.db): Promise<void> {
  const items = records.map((payload) => ({
    stream: 'apples',
    externalId: payload.id,
    version: payload.updated,
    payload,
  }));
  await storeItems(db, { workspaceId: workspace.id, sourceId: source.id }, items);
}

async function countRows(): Promise<{ raw: number; pending: number; quarantine: number }> {
  const [row] = await rowsOf<{ raw: string; pending: string; quarantine: string }>(
    database.db,
    sql`select (select count(*) from raw_events where workspace_id = ${workspace.id}) as raw,
               (select count(*) from pending_raw_events where workspace_id = ${workspace.id}) as pending,
               (select count(*) from quarantine where workspace_id = ${workspace.id}) as quarantine`,
  );
  return { raw: Number(row?.raw), pending: Number(row?.pending), quarantine: Number(row?.quarantine) };
}

async function findRuns() {
  return await rowsOf<Record<string, unknown>>(
    database.db,
    sql`select id, status, message, read, new, total, finished_at from sync_runs where workspace_id = ${workspace.id} order by id`,
  );
}

describe('a sync', () => {
  test('brings every record once, and a second one brings nothing new', async () => {
    await plant(250);
    const first = await sync();
    expect(first).toMatchObject({
      status: 'succeeded',
      read: 250,
      new: 250,
      changed: 0,
      unchanged: 0,
      quarantined: 0,
      message: null,
    });
    const second = await sync({ full: true });
    expect(second).toMatchObject({ status: 'succeeded', read: 250, new: 0, changed: 0, unchanged: 250 });
    expect(await countRows()).toEqual({ raw: 250, pending: 250, quarantine: 0 });
  });

  test('goes on from where the last one stopped, and sees what was added and what was changed', async () => {
    await plant(150);
    await sync();
    orchard.records.push({ id: '151', updated: '2026-03-02T08:00:00Z' });
    expect(await sync()).toMatchObject({ read: 1, new: 1 });
    orchard.records[0]!.updated = '2026-03-03T08:00:00Z';
    expect(await sync({ full: true })).toMatchObject({ read: 151, new: 0, changed: 1, unchanged: 150 });
  });

  test('keeps the rest where a whole page of the first one is bad', async () => {
    await plant(6, { pageSize: 2 });
    for (const place of [2, 3]) orchard.records[place] = { id: '', updated: `v${place}` };
    expect(await sync()).toMatchObject({ status: 'succeeded', read: 6, new: 4, quarantined: 2 });
  });

  test('keeps every character of what it reads first', async () => {
    await plant(3);
    const note = 'a\\b "c"\td\ne\r\\N \\. é 🍎 \\t';
    orchard.records[1] = { id: 'tab\tand \\ line\nend', updated: 'v\\n1', note };
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 3, quarantined: 0 });
    const kept = await rowsOf<Record<string, unknown>>(
      database.db,
      sql`select external_id, version, payload ->> 'note' as note from raw_events
           where workspace_id = ${workspace.id} and payload ->> 'note' is not null`,
    );
    expect(kept).toEqual([{ external_id: 'tab\tand \\ line\nend', version: 'v\\n1', note }]);
    expect(await sync({ full: true })).toMatchObject({ new: 0, changed: 0, unchanged: 3 });
  });

  test('counts right what came by itself before the first one, and what is told twice', async () => {
    await plant(8, { pageSize: 4 });
    await tell([orchard.records[1]!, { ...orchard.records[2]!, updated: '2026-02-01T08:00:00Z' }]);
    orchard.records[4] = orchard.records[3]!;
    orchard.records[6] = { ...orchard.records[5]!, updated: '2026-03-05T08:00:00Z' };
    expect(await sync()).toMatchObject({ read: 8, new: 4, changed: 2, unchanged: 2, quarantined: 0 });
    expect(await countRows()).toEqual({ raw: 8, pending: 8, quarantine: 0 });
  });

  test('counts a later version of the same page as a change, where nothing was known before', async () => {
    await plant(3);
    orchard.records[2] = { ...orchard.records[1]!, updated: '2026-03-05T08:00:00Z' };
    await tell([{ ...orchard.records[0]!, updated: '2026-02-01T08:00:00Z' }]);
    expect(await sync()).toMatchObject({ read: 3, new: 1, changed: 2, unchanged: 0 });
  });

  test('that waits for a webhook which waits for it loses nothing', async () => {
    await plant(2);
    let syncing: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async (db) => {
      await tell([orchard.records[1]!], db);
      syncing = sync();
      await waitForBlocked(database);
      await tell([orchard.records[0]!], db);
    });
    expect(await syncing).toMatchObject({ status: 'succeeded', read: 2, new: 0, unchanged: 2 });
    expect(await countRows()).toEqual({ raw: 2, pending: 2, quarantine: 0 });
  });

  test('says how many there are, for the progress of a page', async () => {
    await plant(120);
    await sync();
    expect((await findRuns())[0]).toMatchObject({ read: '120', total: '120' });
  });

  test('sets a bad record aside with its reason; the others land and the figures add up', async () => {
    await plant(10);
    orchard.records[2] = { id: '', updated: 'x', note: 'no id' };
    orchard.records[5] = { id: '6', updated: 'x', note: 'y'.repeat(1_100_000) };
    orchard.records[7] = { id: '8', updated: 'x', note: 'a NUL \u0000 in it' };
    const result = await sync();
    expect(result).toMatchObject({ status: 'succeeded', read: 10, new: 7, quarantined: 3 });
    expect(result.message).toMatch(/3 records were set aside/);
    expect(await countRows()).toEqual({ raw: 7, pending: 7, quarantine: 3 });
  });

  test('is refused while another one is at work, and its page says so', async () => {
    await plant(5);
    const runId = '0190a000-0000-7000-8000-000000000001';
    await withLease(database, { workspaceId: workspace.id, job: `sync:${source.id}` }, async () => {
      await expect(sync()).rejects.toBeInstanceOf(Conflict);
      await database.db.execute(
        sql`insert into sync_runs (workspace_id, id, source_id, trigger, status, started_at, heartbeat_at)
            values (${workspace.id}, ${runId}, ${source.id}, 'manual', 'running', '2026-03-01', '2026-03-01')`,
      );
      await expect(sync({ runId })).rejects.toBeInstanceOf(Conflict);
    });
    expect((await findRuns())[0]).toMatchObject({
      id: runId,
      status: 'failed',
      message: expect.stringMatching(/already/),
    });
  });

  test('asked for twice at once by two processes runs once', async () => {
    await plant(300);
    const other = openDatabase(url);
    const wish = { trigger: 'schedule' } as const;
    const both = await Promise.allSettled([
      syncSource(database, workspace.id, source.id, wish),
      syncSource(other, workspace.id, source.id, wish),
    ]);
    await closeDatabase(other);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await countRows()).toMatchObject({ raw: 300, pending: 300 });
  });
});

describe('a sync that was interrupted', () => {
  test('is closed in words by the next one, which goes on from the last stored page', async () => {
    await plant(300);
    orchard.misbehave = (request) => {
      if (!request.url?.includes('offset=200')) return false;
      request.socket.destroy();
      return true;
    };
    expect(await sync()).toMatchObject({ status: 'partial', read: 200, new: 200 });
    await database.db.execute(
      sql`update sync_runs set status = 'running', finished_at = null, message = null where workspace_id = ${workspace.id}`,
    );
    orchard.misbehave = () => false;
    orchard.requests.length = 0;
    expect(await sync()).toMatchObject({ status: 'succeeded', read: 100, new: 100 });
    expect(orchard.requests[0]).toContain('offset=200');
    const [dead, next] = await findRuns();
    expect(dead).toMatchObject({ status: 'partial', message: expect.stringMatching(/interrupted/) });
    expect(next).toMatchObject({ status: 'succeeded' });
    expect(await countRows()).toMatchObject({ raw: 300, pending: 300 });
  });

  test('by another process taking over stores nothing any more', async () => {
    await plant(300);
    let stolen = false;
    orchard.misbehave = () => false;
    const steal = async () =>
      await database.db.execute(
        sql`update leases set token = token + 1 where workspace_id = ${workspace.id} and job = ${`sync:${source.id}`}`,
      );
    orchard.misbehave = (request, response) => {
      if (!request.url?.includes('offset=100') || stolen) return false;
      stolen = true;
      void steal().then(() => {
        const body = { records: growRecords(200).slice(100), total: 300, next: 200 };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      return true;
    };
    const result = await sync();
    expect(result.message).toMatch(/taken over/);
    expect((await countRows()).raw).toBeLessThanOrEqual(100);
  });
});

describe('a vendor that misbehaves ends in a run that says what happened', () => {
  const answerWith = (status: number, body: string, headers: Record<string, string> = {}) => {
    orchard.misbehave = (request, response) => {
      if (!request.url?.includes('offset=100')) return false;
      response.writeHead(status, headers).end(body);
      return true;
    };
  };
  const faults: [string, () => void][] = [
    ['answers 500', () => answerWith(500, 'oops')],
    ['answers 429 without an end', () => answerWith(429, '', { 'retry-after': '600' })],
    ['answers with a web page', () => answerWith(200, '<html>Log in</html>')],
    ['answers with half of its JSON', () => answerWith(200, '{"records": [')],
    ['answers in another shape', () => answerWith(200, '{"rows": 7}')],
    ['answers with nothing', () => answerWith(200, '')],
    ['never answers', () => (orchard.misbehave = (request) => request.url!.includes('offset=100'))],
  ];

  test.each(faults)('when it %s', async (_name, misbehave) => {
    await plant(200);
    misbehave();
    const result = await sync();
    expect(result).toMatchObject({ status: 'partial', read: 100, new: 100 });
    expect(result.message).toMatch(/What was stored is kept/);
    orchard.misbehave = () => false;
    // It may have asked for ten minutes.
    startClockAt(new Date(Date.now() + 3_600_000));
    expect(await sync()).toMatchObject({ status: 'succeeded', new: 100 });
    expect(await countRows()).toMatchObject({ raw: 200, pending: 200 });
  });

  test('when its pages go in circles', async () => {
    await plant(200);
    orchard.misbehave = (_request, response) => {
      const body = { records: growRecords(100), total: 300, next: 0 };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return true;
    };
    const result = await sync();
    expect(result).toMatchObject({ status: 'partial', new: 100 });
    expect(result.message).toMatch(/again and again/);
  });

  test('when the time of the run is up', async () => {
    await plant(200);
    orchard.misbehave = (request) => request.url!.includes('offset=100');
    configureConnections({ allow: [orchard.host], idleMs: 60_000, timeoutMs: 60_000 });
    const result = await sync({ deadlineMs: 400 });
    expect(result).toMatchObject({ status: 'partial', new: 100 });
    expect(result.message).toMatch(/took too long/);
  });

  test('when it lets us in no more, the source asks for a person', async () => {
    await plant(200);
    orchard.misbehave = (_request, response) => {
      response.writeHead(401).end('{}');
      return true;
    };
    expect(await sync()).toMatchObject({ status: 'failed', read: 0 });
    expect(await getSource(database.db, workspace.id, source.id)).toMatchObject({
      status: 'needs_attention',
      statusMessage: expect.stringMatching(/settings/),
    });
    orchard.misbehave = () => false;
    expect(await sync()).toMatchObject({ status: 'succeeded' });
    expect((await getSource(database.db, workspace.id, source.id)).status).toBe('active');
  });

  test('when it asks to wait, the next try is not before that', async () => {
    await plant(200);
    answerWith(429, '', { 'retry-after': '7200' });
    const before = Date.now();
    await sync();
    const [row] = await rowsOf<{ next: string }>(
      database.db,
      sql`select next_run_at as next from source_streams where workspace_id = ${workspace.id} limit 1`,
    );
    expect(new Date(row!.next).getTime()).toBeGreaterThanOrEqual(before + 7_200_000);
  });
});

test('a cursor that cannot be read any more begins anew and doubles nothing', async () => {
  await plant(50);
  await sync();
  await database.db.execute(
    sql`update source_streams set cursor = '{"offset": "gone"}' where workspace_id = ${workspace.id}`,
  );
  expect(await sync()).toMatchObject({ status: 'succeeded', read: 50, unchanged: 50 });
});

test('a source may not reach a private address that was not allowed', async () => {
  await plant(5);
  configureConnections({ allow: [] });
  const result = await sync();
  expect(result).toMatchObject({ status: 'failed', read: 0 });
  expect(orchard.requests).toEqual([]);
});
