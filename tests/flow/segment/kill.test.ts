import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../../../src/flow/segment/verify.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { insertCrowd, person } from './crowd.ts';

/** Five in each run of the tests; REFRESH_KILLS=200 for the whole promise. */
const KILLS = Number(process.env.REFRESH_KILLS ?? 5);
const CHILD = path.join(import.meta.dirname, 'refresh-child.ts');
const start = new Date('2026-11-22T12:00:00Z');

const { database, url } = await createTestDatabase();
let workspace: Workspace;

beforeAll(async () => {
  workspace = await createWorkspace(database);
  await insertCrowd(database, workspace, fc.sample(person, 1_500), start);
  for (const days of [1, 7, 30, 90])
    await createSegment(database.db, workspace, {
      key: `last-${days}`,
      name: `Last ${days} days`,
      definition: { event: '*', within: { last: `${days}d` } },
    });
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf: start });
});

test(`a refresh that is killed ${KILLS} times leaves the last result, and the next one is right`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  let asOf = start;
  let killed = 0;
  for (let round = 0; killed < KILLS && round < KILLS * 4; round += 1) {
    asOf = new Date(asOf.getTime() + 3_600_000);
    await insertCrowd(database, workspace, fc.sample(person, 50), asOf);
    const before = await published();
    const signal = await refreshAndKill(asOf, round % 2 === 0);
    await database.db.execute(sql`update leases set until = '-infinity'`);
    if (signal === 'SIGKILL') killed += 1;
    const after = await published();
    // Either nothing of it is there, or all of it is: memberships, sizes and the row of the refresh agree.
    if (after.refreshes === before.refreshes) expect(after).toEqual(before);
    expect(await countWrongSizes()).toBe(0);
  }
  expect(killed).toBe(KILLS);
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
  expect((await verifyWorkspace(database, workspace.id)).differences).toEqual([]);
  const [row] = await rowsOf<{ waiting: number; staged: number; running: number }>(
    database.db,
    sql`select (select count(*)::int from changed_profiles) as waiting, (select count(*)::int from staged_changes) as staged,
               (select count(*)::int from refreshes where status = 'running') as running`,
  );
  expect(row).toEqual({ waiting: 0, staged: 0, running: 0 });
});

async function refreshAndKill(asOf: Date, isFull: boolean): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [CHILD], {
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'silent',
      CHILD_DATABASE: url,
      CHILD_WORKSPACE: workspace.id,
      CHILD_AS_OF: asOf.toISOString(),
      CHILD_FULL: isFull ? 'yes' : 'no',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  await sleep(randomInt(0, 400));
  child.kill('SIGKILL');
  const [, signal] = await ended;
  return signal;
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
