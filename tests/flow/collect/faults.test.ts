import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../../src/base/clock.ts';
import { addConnector } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { configureConnections } from '../../../src/flow/collect/connection.ts';
import { configureDeadlines } from '../../../src/flow/collect/deadlines.ts';
import { createSource } from '../../../src/flow/collect/sources.ts';
import { type SyncResult, syncSource } from '../../../src/flow/collect/sync.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { FAULTS, NEXT, type PlotFault } from '../../vendors/orchard-faults.ts';
import { PAGINGS, type Paging, type Plot, plotsConnector, startPlots } from '../../vendors/orchard-paging.ts';

/**
 * Every fault a vendor is known for, with every way of handing out long lists. All of them at once, first the run
 * that meets the fault, with deadlines of a second, then the one after it.
 */

const { database } = await createTestDatabase();
const server = await startPlots();
afterAll(async () => {
  resetClock();
  await server.close();
});

const TREES = 50;
const AT_ONCE = 8;
/** A run that has not ended by then would not end at all. */
const HANG_MS = 30_000;

type Case = {
  fault: PlotFault;
  paging: Paging;
  plot: Plot;
  sourceId: string;
  first?: Awaited<ReturnType<typeof run>>;
  second?: Awaited<ReturnType<typeof run>>;
};
const cases = new Map<string, Case>();
let workspace: Workspace;

beforeAll(async () => {
  addConnector(plotsConnector as never);
  workspace = await createWorkspace(database);
  for (const paging of PAGINGS) for (const fault of FAULTS) await plant(fault, paging);
  const impatient = { tries: 2, patienceMs: 20, idleMs: 500, timeoutMs: 900, maxBytes: 13e6 };
  configureConnections({ allow: [server.host], ...impatient });
  configureDeadlines({ pageMs: 1_000, runMs: 20_000 });
  await forAll(async (one) => {
    one.first = await run(one);
  });
  configureConnections({ allow: [server.host] });
  configureDeadlines({});
  // Whoever asked us to wait for a while has been left alone for that long.
  startClockAt(new Date(Date.now() + 3_600_000));
  await forAll(async (one) => {
    recover(one);
    one.second = await run(one);
  });
}, 240_000);

async function plant(fault: PlotFault, paging: Paging): Promise<void> {
  const name = `${paging}-${FAULTS.indexOf(fault)}`;
  const plot: Plot = { paging, trees: growTrees(), count: 0, forgotten: new Set(), fault: null };
  fault.plant?.(plot);
  plot.fault = (asked) => asked.count >= 2 && fault.strike(asked);
  server.plots.set(name, plot);
  const { source } = await createSource(database.db, {
    workspace,
    connector: 'plots',
    name,
    settings: { plotUrl: `${server.url}/${name}`, paging },
  });
  cases.set(`${fault.name} ${paging}`, { fault, paging, plot, sourceId: source.id });
}

function growTrees() {
  const yesterday = Date.now() - 86_400_000;
  return Array.from({ length: TREES }, (_one, index) => ({
    id: String(100 + index),
    updated: new Date(yesterday + index * 60_000).toISOString(),
    name: `Tree ${index}`,
  }));
}

/** The vendor is itself again, and something was added since. */
function recover({ plot, fault }: Case): void {
  plot.fault = null;
  plot.count = 0;
  fault.heal?.(plot);
  plot.trees.push({ id: '900', updated: new Date().toISOString(), name: 'The newest' });
}

async function forAll(work: (one: Case) => Promise<void>): Promise<void> {
  const waiting = [...cases.values()];
  const lane = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function run({ sourceId }: Case) {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), HANG_MS);
  });
  const sync = syncSource(database, workspace.id, sourceId, { trigger: 'manual' });
  const result: SyncResult | null = await Promise.race([sync, hung]);
  clearTimeout(timer);
  const [row] = await rowsOf<Record<string, string | null>>(
    database.db,
    sql`select status, message, read, new, changed, unchanged, quarantined, finished_at from sync_runs
         where workspace_id = ${workspace.id} and source_id = ${sourceId} order by started_at desc limit 1`,
  );
  return { result, row: row! };
}

/** What the vendor has and we have not, or have otherwise; as the newest version of each says. */
async function findDifferences({ plot, sourceId }: Case): Promise<string[]> {
  const rows = await rowsOf<{ external_id: string; version: string; name: unknown }>(
    database.db,
    sql`select distinct on (external_id) external_id, version, payload ->> 'name' as name from raw_events
         where workspace_id = ${workspace.id} and source_id = ${sourceId}
         order by external_id, received_at desc`,
  );
  const known = new Map(rows.map((row) => [row.external_id, row]));
  return plot.trees
    .filter(({ id, updated, name }) => known.get(id)?.version !== updated || known.get(id)?.name !== name)
    .map(({ id, updated }) => `${id} of ${updated}: we have ${known.get(id)?.version ?? 'nothing'}`);
}

test('there are 36 faults, and each has its own name', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(36);
});

describe.each(PAGINGS)('a vendor that is read by %s and gives', (paging) => {
  test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', async (_name, fault) => {
    const one = cases.get(`${fault.name} ${paging}`)!;
    const { first, second } = one;
    expectPlainEnd(first!.row);
    const end = typeof fault.ends === 'string' ? fault.ends : fault.ends[paging];
    expect(first!.row).toMatchObject({ status: end });
    if (end !== 'succeeded' && fault.says) expect(first!.row.message).toMatch(fault.says);
    expectPlainEnd(second!.row);
    expect(second!.row).toMatchObject({ status: 'succeeded', quarantined: '0' });
    expect(await findDifferences(one)).toEqual([]);
  });
});

/** Ended, with figures that add up, in words for people, and with what comes next. */
function expectPlainEnd(row: Record<string, string | null>): void {
  expect(row.finished_at).not.toBeNull();
  const figures = [row.new, row.changed, row.unchanged, row.quarantined].map(Number);
  expect(figures.reduce((sum, figure) => sum + figure, 0)).toBe(Number(row.read));
  if (row.status === 'succeeded' && row.quarantined === '0') return;
  expect(row.message).toMatch(/^\S.{10,600}[.]$/s);
  expect(row.message).not.toMatch(/[{}[\]<>\n]|\bat .*:\d+:\d+|Error\b|undefined|null|on our side/);
  const asksPerson = /Reconnect|rights/.test(row.message!);
  if (row.status !== 'succeeded') expect(row.message).toMatch(asksPerson ? NEXT.person : NEXT.later);
}
