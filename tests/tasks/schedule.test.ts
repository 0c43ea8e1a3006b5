import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { now, resetClock, startClockAt } from '../../src/base/clock.ts';
import { readConfig } from '../../src/base/config.ts';
import { addConnector, loadConnectors } from '../../src/connectors/registry.ts';
import type { Workspace } from '../../src/db/doors.ts';
import { closeDatabase, openDatabase, rowsOf } from '../../src/db/pool.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { storeItems } from '../../src/flow/collect/store.ts';
import { startCarrying } from '../../src/tasks/carrying.ts';
import { type Running, startDueLines } from '../../src/tasks/lines.ts';
import { listLines } from '../../src/tasks/schedule.ts';
import { stopSyncs } from '../../src/tasks/syncing.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { growRecords, type Orchard, orchardConnector, startOrchard } from '../vendors/orchard.ts';

const { database, url } = await createTestDatabase();
let orchard: Orchard;
let heartbeats = 0;
const watcher = createServer((_request, response) => {
  heartbeats += 1;
  response.end('ok');
});
let config: ReturnType<typeof readConfig>;

beforeAll(async () => {
  await loadConnectors();
  addConnector(orchardConnector as never);
  orchard = await startOrchard(growRecords(30));
  await new Promise<void>((resolve) => watcher.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(watcher.address() as AddressInfo).port}`;
  config = readConfig({ HEARTBEAT_URL: `http://${host}`, ALLOW_PRIVATE_HOSTS: `${host},${orchard.host}` });
  configureConnections({ allow: config.allowPrivateHosts });
});
afterEach(resetClock);
afterAll(async () => {
  watcher.close();
  await orchard.close();
});

let workspace: Workspace;

async function openShop(extra: { everyMinutes?: number } = {}): Promise<Source> {
  await database.db.execute(sql`truncate workspaces, ticks, leases, sources, source_streams, sync_runs`);
  heartbeats = 0;
  workspace = await createWorkspace(database);
  const settings = { baseUrl: orchard.url, apiKey: 'a key' };
  const made = await createSource(database.db, {
    workspace,
    connector: 'orchard',
    name: 'Orchard',
    settings,
    ...extra,
  });
  return made.source;
}

async function look(handle = database): Promise<void> {
  const running: Running = new Map();
  await startDueLines(handle, listLines(config, new AbortController().signal), running);
  await Promise.all(running.values());
}

async function findRuns() {
  return await rowsOf<{ status: string; trigger: string }>(
    database.db,
    sql`select status, trigger from sync_runs where workspace_id = ${workspace.id} order by started_at`,
  );
}

describe('the night', () => {
  test('a minute before three nothing happens, at three everything does, once among three processes', async () => {
    startClockAt(new Date('2026-03-01T01:50:00Z'));
    await openShop();
    const others = [openDatabase(url), openDatabase(url)];
    const everyone = async () => await Promise.all([database, ...others].map(look));
    startClockAt(new Date('2026-03-01T01:59:00Z'));
    await everyone();
    expect(await findRuns()).toEqual([]);
    expect(heartbeats).toBe(0);
    startClockAt(new Date('2026-03-01T02:00:05Z'));
    await everyone();
    await everyone();
    expect(await findRuns()).toEqual([{ status: 'succeeded', trigger: 'schedule' }]);
    expect(heartbeats).toBe(1);
    const scored = await rowsOf(
      database.db,
      sql`select 1 from scorings where workspace_id = ${workspace.id}`,
    );
    expect(scored).toHaveLength(1);
    await Promise.all(others.map(closeDatabase));
  });

  test('fetches at two what it scores at three, and fetches it once', async () => {
    startClockAt(new Date('2026-02-27T12:00:00Z'));
    await openShop();
    startClockAt(new Date('2026-03-01T01:00:05Z'));
    await look();
    expect(await findRuns()).toHaveLength(1);
    startClockAt(new Date('2026-03-01T02:00:05Z'));
    await look();
    expect(await findRuns()).toHaveLength(1);
  });

  test('that was missed is made up for once, by the next start', async () => {
    startClockAt(new Date('2026-02-20T12:00:00Z'));
    await openShop();
    startClockAt(new Date('2026-03-01T14:00:00Z'));
    await look();
    await look();
    await look();
    expect(await findRuns()).toHaveLength(1);
    expect(heartbeats).toBe(1);
  });

  test('leaves a paused source alone', async () => {
    startClockAt(new Date('2026-02-20T12:00:00Z'));
    await openShop();
    await database.db.execute(sql`update sources set status = 'paused' where workspace_id = ${workspace.id}`);
    startClockAt(new Date('2026-03-01T14:00:00Z'));
    await look();
    expect(await findRuns()).toEqual([]);
  });
});

test('a source with a rhythm of its own is fetched in it', async () => {
  startClockAt(new Date('2026-03-01T12:00:00Z'));
  await openShop({ everyMinutes: 15 });
  const runsAt = async (instant: string) => {
    startClockAt(new Date(instant));
    await look();
    await expect.poll(async () => (await findRuns()).every((run) => run.status !== 'running')).toBe(true);
    return (await findRuns()).length;
  };
  await look();
  await expect.poll(async () => (await findRuns()).map((run) => run.status)).toEqual(['succeeded']);
  expect(await runsAt('2026-03-01T12:10:00Z')).toBe(1);
  startClockAt(new Date('2026-03-01T12:16:00Z'));
  await look();
  await expect.poll(async () => (await findRuns()).length).toBe(2);
});

test('what one process stored is carried on by another within seconds', async () => {
  const source = await openShop();
  const carrying = startCarrying(openDatabase(url));
  await storeItems(database.db, { workspaceId: workspace.id, sourceId: source.id }, [
    { stream: 'apples', externalId: '1', payload: { id: '1', at: now().toISOString() } },
  ]);
  const waiting = async () =>
    (await rowsOf(database.db, sql`select 1 from pending_raw_events where workspace_id = ${workspace.id}`))
      .length;
  expect(await waiting()).toBe(1);
  await expect.poll(waiting, { timeout: 15_000 }).toBe(0);
  await carrying.stop();
});

afterAll(async () => await stopSyncs());
