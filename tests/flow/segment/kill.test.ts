import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { type Embedded, startEmbedded } from '../../../src/db/embedded/server.ts';
import { migrateDatabase } from '../../../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase, rowsOf } from '../../../src/db/pool.ts';
import { markChanged } from '../../../src/flow/identify/changes.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { addressToBeKilled, endLeasesOfKilled } from '../../setup/killed.ts';
import { insertCrowd, person } from './crowd.ts';

/** A few in each run of the tests; REFRESH_KILLS=50 for the whole promise. */
const KILLS = Number(process.env.REFRESH_KILLS ?? 4);
const CHILD = path.join(import.meta.dirname, 'refresh-child.ts');
const start = new Date('2026-11-22T12:00:00Z');
/** The process that refreshes; the server as a whole; the one connection that computes, which ends all others too. */
const VICTIMS = ['app', 'server', 'backend'] as const;
type Victim = (typeof VICTIMS)[number];

/** A server of this file's own: it is killed, and others' tests must not notice. */
const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-killed-'));
let server: Embedded;
let database: Database;
let workspace: Workspace;
/** Looked at anew in every round: so many that a second connection reads half of them. */
let crowd: string[];

beforeAll(async () => {
  chmodSync(folder, 0o711);
  await startServer();
  await migrateDatabase(server.url);
  workspace = await createWorkspace(database);
  crowd = await insertCrowd(database, workspace, fc.sample(person, 1_500), start);
  for (const days of [1, 7, 30, 90])
    await createSegment(database.db, workspace, {
      key: `last-${days}`,
      name: `Last ${days} days`,
      definition: { event: '*', within: { last: `${days}d` } },
    });
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: start });
});

afterAll(async () => {
  await closeDatabase(database);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(`a refresh that is killed ${KILLS} times leaves the last result, and the next one is right`, {
  timeout: 120_000 + KILLS * 30_000,
}, async () => {
  let asOf = start;
  let broken = 0;
  for (let round = 0; broken < KILLS && round < KILLS * 6; round += 1) {
    const victim = VICTIMS[round % VICTIMS.length]!;
    asOf = new Date(asOf.getTime() + 3_600_000);
    await insertCrowd(database, workspace, fc.sample(person, 50), asOf);
    await markChanged(database.db, workspace.id, crowd);
    const before = await published();
    await refreshAndKill(victim, asOf, round % 2 === 0);
    await endLeasesOfKilled(database);
    const after = await published();
    // Either nothing of it is there, or all of it is: memberships, sizes and the row of the refresh agree.
    if (after.refreshes === before.refreshes) {
      expect(after, `${victim} killed in round ${round}`).toEqual(before);
      broken += await countBroken();
    }
    expect(await countWrongSizes()).toBe(0);
    if (round % 5 === 4) await expectRight(asOf);
  }
  expect(broken).toBeGreaterThanOrEqual(KILLS);
  await expectRight(asOf);
});

test('what an interrupted refresh left is marked stale while the next one runs, and ready after it', async () => {
  await database.db.execute(sql`
    insert into refreshes (workspace_id, id, as_of, status, trigger, started_at)
    values (${workspace.id}, gen_random_uuid(), ${start.toISOString()}, 'running', 'test', ${start.toISOString()})`);
  expect(await statuses()).toEqual(['ready']);
  const holder = await database.pool.connect();
  await holder.query('begin');
  await holder.query('lock table memberships in access exclusive mode');
  const running = refreshWorkspace(database, workspace.id, {
    trigger: 'test',
    asOf: new Date('2027-03-01T00:00:00Z'),
  });
  await expect.poll(statuses).toEqual(['stale']);
  await holder.query('commit');
  holder.release();
  await running;
  expect(await statuses()).toEqual(['ready']);
  expect(await countUnfinished()).toBe(0);
});

async function startServer(): Promise<void> {
  server = await startEmbedded(path.join(folder, 'data'));
  database = openDatabase(server.url);
}

async function refreshAndKill(victim: Victim, asOf: Date, isFull: boolean): Promise<void> {
  const child = spawn(process.execPath, [CHILD], {
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'silent',
      CHILD_DATABASE: addressToBeKilled(server.url),
      CHILD_WORKSPACE: workspace.id,
      CHILD_AS_OF: asOf.toISOString(),
      CHILD_FULL: isFull ? 'yes' : 'no',
    },
    // What a child says that lost its database is no news here.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout!, 'data');
  await sleep(randomInt(0, 600));
  await kill(victim, child);
  await ended;
  await waitForServer();
}

async function kill(victim: Victim, child: ChildProcess): Promise<void> {
  if (victim === 'app') child.kill('SIGKILL');
  else if (victim === 'server') await killServer();
  else await killBackend();
}

/** As pulling the plug on the database: it starts again on the same folder, and mends itself from its log. */
async function killServer(): Promise<void> {
  const pid = Number(readFileSync(path.join(folder, 'data/pg/postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  await closeDatabase(database);
  await server.stop();
  await startServer();
}

/** The connection with a transaction of the child's; PostgreSQL then ends all others and mends itself. */
async function killBackend(): Promise<void> {
  const [row] = await rowsOf<{ pid: number }>(
    database.db,
    sql`select pid from pg_stat_activity
         where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
         order by xact_start limit 1`,
  );
  if (row) process.kill(row.pid, 'SIGKILL');
}

/** Until it answers again: connections that broke with it are replaced one by one. */
async function waitForServer(): Promise<void> {
  for (;;) {
    try {
      await database.db.execute(sql`select count(*) from segments`);
      return;
    } catch {
      await sleep(50);
    }
  }
}

async function expectRight(asOf: Date): Promise<void> {
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
  expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  expect(await statuses()).toEqual(['ready']);
  const [row] = await rowsOf<{ waiting: number; staged: number }>(
    database.db,
    sql`select (select count(*)::int from changed_profiles) as waiting, (select count(*)::int from staged_changes) as staged`,
  );
  expect(row).toEqual({ waiting: 0, staged: 0 });
  expect(await countUnfinished()).toBe(0);
}

async function countUnfinished(): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    database.db,
    sql`select count(*)::int as count from refreshes where status = 'running'`,
  );
  return row?.count ?? -1;
}

/** Refreshes that began, and were not to end: what the kill hit. At most one is left at a time. */
async function countBroken(): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    database.db,
    sql`select count(*)::int as count from (select status from refreshes order by started_at desc limit 1) r
         where status in ('running', 'failed')`,
  );
  return row?.count ?? -1;
}

async function statuses(): Promise<string[]> {
  const rows = await rowsOf<{ status: string }>(
    database.db,
    sql`select distinct status from segments where is_enabled and removed_at is null`,
  );
  return rows.map(({ status }) => status);
}

async function published() {
  const [row] = await rowsOf<{ refreshes: number; members: string; sizes: string }>(
    database.db,
    sql`select (select count(*)::int from refreshes where status = 'succeeded') as refreshes,
               (select md5(coalesce(string_agg(m::text, ',' order by m::text), '')) from memberships m) as members,
               (select md5(coalesce(string_agg(z::text, ',' order by z::text), '')) from segment_sizes z) as sizes`,
  );
  return row!;
}

async function countWrongSizes(): Promise<number> {
  const [row] = await rowsOf<{ wrong: number }>(
    database.db,
    sql`select count(*)::int as wrong from segments s
         where s.computed_version is not null and s.size <> (
           select count(*) from memberships m
            where m.workspace_id = s.workspace_id and m.segment_key = s.key and m.left_at is null)`,
  );
  return row?.wrong ?? -1;
}
