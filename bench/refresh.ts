import { parseArgs } from 'node:util';
import type { Workspace } from '../src/db/doors.ts';
import type { Database } from '../src/db/pool.ts';
import { type RefreshResult, refreshWorkspace } from '../src/flow/segment/refresh.ts';
import { listSegments } from '../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../src/flow/segment/verify.ts';
import { type Business, peakMb, settle, withBusiness } from './cast/business.ts';
import { AS_OF, changeSome, EVENTS_EACH } from './cast/refresh.ts';

const HOUR_MS = 3_600_000;

/** What a refresh costs when a hundredth of the people changed, when nobody did, and when everything is computed. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { profiles: { type: 'string', default: '200000' } },
    strict: false,
  });
  await withBusiness(async (business) => await measure(business, Number(values.profiles)));
}

async function measure(business: Business, people: number): Promise<void> {
  const { database, workspace } = business;
  const first = await settle(business, people);
  const refresh = async (asOf: Date, full: boolean) =>
    await refreshWorkspace(database, workspace.id, { trigger: 'bench', asOf, full });
  const hour = new Date(AS_OF.getTime() + HOUR_MS);
  const day = new Date(hour.getTime() + 24 * HOUR_MS);
  const changed = await changeSome(database, workspace, people, hour, { every: 100, from: 1 });
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
      peakMb: peakMb(),
    }),
  );
  if (!equal) process.exitCode = 1;
}

await main();
