import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Workspace, withPlatform } from '../src/db/doors.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { newId } from '../src/db/ids.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase } from '../src/db/pool.ts';
import { workspaces } from '../src/db/schema/db.ts';
import { type RefreshResult, refreshWorkspace } from '../src/flow/segment/refresh.ts';
import { createSegment, listSegments } from '../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../src/flow/segment/verify.ts';
import { AS_OF, changeSome, EVENTS_EACH, fillWorkspace, makeRules } from './cast/refresh.ts';

const HOUR_MS = 3_600_000;

/** What a refresh costs when a hundredth of the people changed, when nobody did, and when everything is computed. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { profiles: { type: 'string', default: '200000' } },
    strict: false,
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
  chmodSync(folder, 0o711);
  const server = await startEmbedded(path.join(folder, 'data'));
  const database = openDatabase(server.url);
  try {
    await migrateDatabase(server.url);
    await measure(database, Number(values.profiles));
  } finally {
    await closeDatabase(database);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(database: Database, people: number): Promise<void> {
  const workspace = await makeWorkspace(database);
  await fillWorkspace(database, workspace, people);
  for (const { key, definition } of makeRules())
    await createSegment(database.db, workspace, { key, name: key, definition });
  const refresh = async (asOf: Date, full: boolean) =>
    await refreshWorkspace(database, workspace.id, { trigger: 'bench', asOf, full });
  const first = await refresh(AS_OF, false);
  await refresh(AS_OF, false);
  await database.pool.query('vacuum analyze');
  const hour = new Date(AS_OF.getTime() + HOUR_MS);
  const day = new Date(hour.getTime() + 24 * HOUR_MS);
  const changed = await changeSome(database, workspace, people, hour);
  const incremental = await refresh(hour, false);
  const isEqualAfterChange = await isEqual(database, workspace);
  const full = await refresh(hour, true);
  const due = await refresh(day, false);
  const isEqualAfterDay = await isEqual(database, workspace);
  const fullAgain = await refresh(day, true);
  report({
    people,
    changed,
    segments: (await listSegments(database.db, workspace.id)).length,
    first,
    incremental,
    full,
    due,
    fullAgain,
    isEqual:
      isEqualAfterChange &&
      isEqualAfterDay &&
      full.entered + full.left + fullAgain.entered + fullAgain.left === 0,
  });
}

async function isEqual(database: Database, workspace: Workspace): Promise<boolean> {
  return (await verifyWorkspace(database, workspace.id)).differences.length === 0;
}

async function makeWorkspace(database: Database): Promise<Workspace> {
  const workspace: Workspace = {
    id: newId(),
    name: 'Bench',
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    kind: 'shop',
    isDemo: false,
    settings: {},
  };
  await withPlatform(
    database,
    async (db) => await db.insert(workspaces).values({ ...workspace, createdAt: AS_OF }),
  );
  return workspace;
}

type Runs = {
  first: RefreshResult;
  incremental: RefreshResult;
  full: RefreshResult;
  due: RefreshResult;
  fullAgain: RefreshResult;
};

function report(given: Runs & { people: number; changed: number; segments: number; isEqual: boolean }): void {
  const { people, changed, segments, isEqual: equal, ...runs } = given;
  console.log(
    `${people} people, ${people * EVENTS_EACH} events, ${segments} segments, ${changed} people changed`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(runs).map(([name, { evaluated, entered, left, ms }]) => [
        name,
        { evaluated, entered, left, ms },
      ]),
    ),
  );
  const ratio = (slow: number, fast: number) => Math.round((slow / fast) * 10) / 10;
  console.log(
    JSON.stringify({
      bench: 'refresh',
      people,
      segments,
      incrementalSpeedup: ratio(given.full.ms, given.incremental.ms),
      dueSpeedup: ratio(given.fullAgain.ms, given.due.ms),
      equal,
    }),
  );
  if (!equal) process.exitCode = 1;
}

await main();
