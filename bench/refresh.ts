import { parseArgs } from 'node:util';
import type { Workspace } from '../src/db/doors.ts';
import type { Database } from '../src/db/pool.ts';
import { listSegments } from '../src/flow/segment/segments.ts';
import { verifyWorkspace } from '../src/flow/segment/verify.ts';
import { type Business, type Measured, peakMb, refresh, settle, withBusiness } from './cast/business.ts';
import { AS_OF, changeSome, EVENTS_EACH } from './cast/refresh.ts';

const HOUR_MS = 3_600_000;
/** Every hundredth person changes in an hour, others each time. */
const EVERY = 100;
/** Each hour is refreshed by change and then in full, so that both meet the machine in the same state. */
const HOURS = 5;

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
  const hours: Hour[] = [];
  for (let hour = 1; hour <= HOURS; hour += 1) hours.push(await passAnHour(business, people, hour));
  const day = new Date(AS_OF.getTime() + (HOURS + 24) * HOUR_MS);
  const due = await refresh(business, day);
  const isEqualAfterDay = await isEqual(database, workspace);
  const fullAgain = await refresh(business, day, true);
  const later = new Date(day.getTime() + HOUR_MS);
  await changeSome(database, workspace, people, later, { every: EVERY, from: HOURS + 1, all: 'buy' });
  const allBuy = await refresh(business, later);
  report({
    people,
    segments: (await listSegments(database.db, workspace.id)).length,
    hours,
    runs: { first, ...middleOf(hours), due, fullAgain, allBuy },
    isEqual:
      isEqualAfterDay &&
      (await isEqual(database, workspace)) &&
      [...hours.map(({ full }) => full), fullAgain].every(({ entered, left }) => entered + left === 0),
  });
}

type Hour = { changed: number; incremental: Measured; full: Measured };

async function passAnHour(business: Business, people: number, hour: number): Promise<Hour> {
  const { database, workspace } = business;
  const at = new Date(AS_OF.getTime() + hour * HOUR_MS);
  const changed = await changeSome(database, workspace, people, at, { every: EVERY, from: hour });
  const incremental = await refresh(business, at);
  return { changed, incremental, full: await refresh(business, at, true) };
}

/** The hour whose ratio is in the middle. */
function middleOf(hours: Hour[]): Hour {
  return hours.toSorted((a, b) => speedupOf(a) - speedupOf(b))[Math.floor(hours.length / 2)]!;
}

function speedupOf({ incremental, full }: Hour): number {
  return full.ms / incremental.ms;
}

async function isEqual(database: Database, workspace: Workspace): Promise<boolean> {
  return (await verifyWorkspace(database, workspace.id)).differences.length === 0;
}

type Runs = Hour & {
  first: Measured;
  due: Measured;
  fullAgain: Measured;
  /** The same share of people, each of whom bought: none moves in more segments. */
  allBuy: Measured;
};
type Report = { people: number; segments: number; hours: Hour[]; runs: Runs; isEqual: boolean };

function report({ people, segments, hours, runs, isEqual: equal }: Report): void {
  const { changed, ...measured } = runs;
  const { incremental, full, due, fullAgain, allBuy } = runs;
  console.log(
    `${people} people, ${people * EVENTS_EACH} events, ${segments} segments, ${changed} people changed`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(measured).map(([name, { evaluated, entered, left, ms, cpuMs }]) => [
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
      hours: hours.map((hour) => [hour.incremental.ms, hour.full.ms]),
      incrementalSpeedup: ratio(full.ms, incremental.ms),
      dueSpeedup: ratio(fullAgain.ms, due.ms),
      allBuySpeedup: ratio(fullAgain.ms, allBuy.ms),
      incrementalCpuSpeedup: ratio(full.cpuMs, incremental.cpuMs),
      dueCpuSpeedup: ratio(fullAgain.cpuMs, due.cpuMs),
      equal,
      peakMb: peakMb(),
    }),
  );
  if (!equal) process.exitCode = 1;
}

await main();
