import { parseArgs } from 'node:util';
import type { Workspace } from '../src/db/doors.ts';
import type { Database } from '../src/db/pool.ts';
import { listSegments } from '../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../src/flow/segment/verify.ts';
import { type Business, type Measured, peakMb, refresh, settle, withBusiness } from './cast/business.ts';
import { AS_OF, changeSome, EVENTS_EACH } from './cast/refresh.ts';

const HOUR_MS = 3_600_000;
/** Every hundredth person changes in an hour, others each time; what an hour costs is the middle of several. */
const EVERY = 100;
const ROUNDS = 5;

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
  const hours = [];
  for (let round = 1; round <= ROUNDS; round += 1)
    hours.push(await changeAndRefresh(business, people, round));
  const incremental = middleOf(hours);
  const isEqualAfterChange = await isEqual(database, workspace);
  const hour = new Date(AS_OF.getTime() + ROUNDS * HOUR_MS);
  const day = new Date(hour.getTime() + 24 * HOUR_MS);
  const full = await refresh(business, hour, true);
  const due = await refresh(business, day);
  const isEqualAfterDay = await isEqual(database, workspace);
  const fullAgain = await refresh(business, day, true);
  const later = new Date(day.getTime() + HOUR_MS);
  await changeSome(database, workspace, people, later, { every: EVERY, from: ROUNDS + 1, all: 'buy' });
  const allBuy = await refresh(business, later);
  report({
    people,
    changed: incremental.changed,
    segments: (await listSegments(database.db, workspace.id)).length,
    first,
    incremental,
    full,
    due,
    fullAgain,
    allBuy,
    isEqual:
      isEqualAfterChange &&
      isEqualAfterDay &&
      (await isEqual(database, workspace)) &&
      full.entered + full.left + fullAgain.entered + fullAgain.left === 0,
  });
}

type Hour = Measured & { changed: number };

async function changeAndRefresh(business: Business, people: number, round: number): Promise<Hour> {
  const { database, workspace } = business;
  const at = new Date(AS_OF.getTime() + round * HOUR_MS);
  const changed = await changeSome(database, workspace, people, at, { every: EVERY, from: round });
  return { ...(await refresh(business, at)), changed };
}

function middleOf(runs: Hour[]): Hour {
  return runs.toSorted((a, b) => a.ms - b.ms)[Math.floor(runs.length / 2)]!;
}

async function isEqual(database: Database, workspace: Workspace): Promise<boolean> {
  return (await verifyWorkspace(database, workspace.id)).differences.length === 0;
}

type Runs = {
  first: Measured;
  incremental: Measured;
  full: Measured;
  due: Measured;
  fullAgain: Measured;
  /** The same share of people, each of whom bought: none moves in more segments. */
  allBuy: Measured;
};

function report(given: Runs & { people: number; changed: number; segments: number; isEqual: boolean }): void {
  const { people, changed, segments, isEqual: equal, ...runs } = given;
  console.log(
    `${people} people, ${people * EVENTS_EACH} events, ${segments} segments, ${changed} people changed`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(runs).map(([name, { evaluated, entered, left, ms, cpuMs }]) => [
        name,
        { evaluated, entered, left, ms, cpuMs },
      ]),
    ),
  );
  const ratio = (slow: number | null, fast: number | null) =>
    slow === null || fast === null ? null : Math.round((slow / fast) * 10) / 10;
  console.log(
    JSON.stringify({
      bench: 'refresh',
      people,
      segments,
      incrementalSpeedup: ratio(given.full.ms, given.incremental.ms),
      dueSpeedup: ratio(given.fullAgain.ms, given.due.ms),
      allBuySpeedup: ratio(given.fullAgain.ms, given.allBuy.ms),
      incrementalCpuSpeedup: ratio(given.full.cpuMs, given.incremental.cpuMs),
      dueCpuSpeedup: ratio(given.fullAgain.cpuMs, given.due.cpuMs),
      equal,
      peakMb: peakMb(),
    }),
  );
  if (!equal) process.exitCode = 1;
}

await main();
