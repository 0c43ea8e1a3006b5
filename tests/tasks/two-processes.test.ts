import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { rowsOf } from '../../src/db/pool.ts';
import { createTestDatabase } from '../setup/database.ts';
import { findFreePort, makeDataDir, runCommand, startReady } from '../setup/process.ts';
import { type MailchimpServer, startMailchimpServer } from '../vendors/mailchimp.ts';

/** One minute in each run of the tests; SCHEDULE_MINUTES=15 for the whole promise. */
const MINUTES = Number(process.env.SCHEDULE_MINUTES ?? 1);
/** A dead process is followed when its leases have ended. */
const TAKEOVER_MS = 70_000;
const MINUTE_MS = 60_000;

const { database, url } = await createTestDatabase();
let vendor: MailchimpServer;
let env: Record<string, string>;

beforeAll(async () => {
  vendor = await startMailchimpServer({ members: 20, campaigns: 0, validate: false });
  env = {
    DATABASE_URL: url,
    DATA_DIR: makeDataDir(),
    SECRET_KEY: 'ab'.repeat(32),
    ALLOW_PRIVATE_HOSTS: vendor.host,
  };
});
afterAll(async () => await vendor.close());

test(`two processes of which one is killed start each tick in ${MINUTES} minutes exactly once`, {
  timeout: MINUTES * MINUTE_MS + 180_000,
}, async () => {
  const workspaceId = openShop();
  await database.db.execute(
    sql`update sources set every_minutes = 1 where workspace_id = ${workspaceId} and connector = 'mailchimp'`,
  );
  const env1 = { ...env, PORT: String(await findFreePort()), SCHEDULE: 'on' };
  const env2 = { ...env, PORT: String(await findFreePort()), SCHEDULE: 'on' };
  const [first] = await Promise.all([startReady(env1), startReady(env2)]);
  const from = nextMinute();
  const to = new Date(from.getTime() + MINUTES * MINUTE_MS);
  await sleep(from.getTime() + (to.getTime() - from.getTime()) / 3 - Date.now());
  first.child.kill('SIGKILL');
  const killedAt = Date.now();
  await sleep(to.getTime() - Date.now());

  // What the dead one was at is begun anew once its leases have ended; all else goes on as if nothing were.
  const missingIn = (counted: Counted[]) =>
    minutesWithout(counted, from, to).filter(
      (minute) => minute < killedAt - MINUTE_MS || minute > killedAt + TAKEOVER_MS,
    );
  const ticks = await listTicks(workspaceId, from, to);
  expect(ticks.filter((tick) => tick.n > 1)).toEqual([]);
  expect(missingIn(ticks), 'a tick in each minute but those of the takeover').toEqual([]);
  const runs = await listRuns(workspaceId, from, to);
  expect(runs.filter((run) => run.n > 1)).toEqual([]);
  expect(missingIn(runs), 'a sync in each minute but those of the takeover').toEqual([]);
  const later = async () =>
    (await listRuns(workspaceId, new Date(killedAt), new Date(Date.now() + MINUTE_MS))).length;
  await expect.poll(later, { timeout: 150_000, interval: 500 }).toBeGreaterThan(0);
});

function openShop(): string {
  const made = command([
    'workspace',
    'create',
    '--name',
    'Tea',
    '--timezone',
    'Europe/Berlin',
    '--currency',
    'EUR',
  ]);
  const { workspace } = z.object({ workspace: z.string() }).parse(made);
  const settings = JSON.stringify(vendor.settings);
  const options = ['--connector', 'mailchimp', '--name', 'Letter', '--settings', settings];
  command(['source', 'create', '--workspace', workspace, ...options]);
  return workspace;
}

function command(args: string[]): unknown {
  const done = runCommand(env, [...args, '--json']);
  expect(done.status, done.err).toBe(0);
  return JSON.parse(done.out);
}

function nextMinute(): Date {
  return new Date(Math.ceil((Date.now() + 1_000) / MINUTE_MS) * MINUTE_MS);
}

type Counted = { at: string; n: number };

/** Every occasion of a job that looks each minute, with how often it was begun. */
async function listTicks(workspaceId: string, from: Date, to: Date): Promise<Counted[]> {
  return await rowsOf<Counted>(
    database.db,
    sql`select date_trunc('minute', taken_at, 'UTC') as at, count(*)::int as n from ticks
         where key like ${`syncs|${workspaceId}|%`} and finished_at is not null
           and taken_at >= ${from.toISOString()} and taken_at < ${to.toISOString()}
         group by 1 order by 1`,
  );
}

async function listRuns(workspaceId: string, from: Date, to: Date): Promise<Counted[]> {
  return await rowsOf<Counted>(
    database.db,
    sql`select date_trunc('minute', started_at, 'UTC') as at, count(*)::int as n from sync_runs
         where workspace_id = ${workspaceId}
           and started_at >= ${from.toISOString()} and started_at < ${to.toISOString()}
         group by 1 order by 1`,
  );
}

function minutesWithout(counted: Counted[], from: Date, to: Date): number[] {
  const there = new Set(counted.map(({ at }) => new Date(at).getTime()));
  const minutes = (to.getTime() - from.getTime()) / MINUTE_MS;
  return Array.from({ length: minutes }, (_one, index) => from.getTime() + index * MINUTE_MS).filter(
    (minute) => !there.has(minute),
  );
}
