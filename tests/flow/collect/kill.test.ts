import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConnectors } from '../../../src/connectors/registry.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { createSource, type Source } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { addressToBeKilled, endLeasesOfKilled } from '../../setup/killed.ts';
import { type MailchimpServer, startMailchimpServer } from '../../vendors/mailchimp.ts';

const MEMBERS = 5_000;
/** Five in each run of the tests; SYNC_KILLS=20 or 50 for the whole promise. */
const KILLS = Number(process.env.SYNC_KILLS ?? 5);
const CHILD = path.join(import.meta.dirname, 'sync-child.ts');

const { database, url } = await createTestDatabase();
let vendor: MailchimpServer;
let source: Source;

beforeAll(async () => {
  await loadConnectors();
  vendor = await startMailchimpServer({ members: MEMBERS, campaigns: 0, validate: false });
  configureConnections({ allow: [vendor.host] });
  const workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'mailchimp', name: 'Letter', settings: vendor.settings };
  ({ source } = await createSource(database.db, wish));
});
afterAll(async () => await vendor.close());

/** Starts a sync in another process and kills it some requests later, at any moment of a page. */
async function syncAndKill(isFull: boolean): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [CHILD], {
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'silent',
      CHILD_DATABASE: addressToBeKilled(url),
      CHILD_WORKSPACE: source.workspaceId,
      CHILD_SOURCE: source.id,
      CHILD_ALLOW: vendor.host,
      CHILD_FULL: isFull ? 'yes' : 'no',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal)),
  );
  const until = vendor.requests.length + randomInt(2, 6);
  while (vendor.requests.length < until && child.exitCode === null) await sleep(2);
  await sleep(randomInt(0, 60));
  child.kill('SIGKILL');
  return await ended;
}

test(`a sync of ${MEMBERS} contacts that is killed ${KILLS} times at any page loses nothing and doubles nothing`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  let killed = 0;
  for (let round = 0; killed < KILLS && round < KILLS * 3; round += 1) {
    const signal = await syncAndKill(round % 3 === 2);
    if (signal === 'SIGKILL') killed += 1;
    await endLeasesOfKilled(database);
  }
  expect(killed).toBe(KILLS);

  const last = await syncSource(database, source.workspaceId, source.id, { trigger: 'command' });
  expect(last.status).toBe('succeeded');
  expect(await listStored()).toEqual(listTheirs());
  const [counts] = await rowsOf<Record<string, string>>(
    database.db,
    sql`select (select count(*) from raw_events where stream = 'members') as raw,
                 (select count(*) from pending_raw_events p join raw_events r on r.id = p.raw_event_id and r.stream = 'members') as pending,
                 (select count(distinct subject) from raw_events where stream = 'members') as subjects,
                 (select count(*) from sync_runs where status = 'running') as running,
                 (select count(*) from sync_runs where read <> new + changed + unchanged + quarantined) as wrong,
                 (select sum(new) from sync_runs) - (select count(*) from raw_events) as difference`,
  );
  const size = String(MEMBERS);
  expect(counts).toEqual({
    raw: size,
    pending: size,
    subjects: size,
    running: '0',
    wrong: '0',
    difference: '0',
  });
});

/** The end state is the vendor's: each contact once, as it is there. */
async function listStored(): Promise<string[]> {
  const rows = await rowsOf<{ email: string }>(
    database.db,
    sql`select payload ->> 'email_address' as email from raw_events where stream = 'members'`,
  );
  return rows.map((row) => row.email).sort();
}

function listTheirs(): string[] {
  return Array.from({ length: MEMBERS }, (_one, index) => `person${index}@example.com`).sort();
}
