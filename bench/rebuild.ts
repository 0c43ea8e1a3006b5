import { parseArgs } from 'node:util';
import { sql } from 'drizzle-orm';
import type { Workspace } from '../src/db/doors.ts';
import { withHelper, withoutLoops } from '../src/db/planning.ts';
import { type Database, rowsOf } from '../src/db/pool.ts';
import { loadKnowledge } from '../src/flow/segment/known.ts';
import { parseDefinition } from '../src/flow/segment/rules/node.ts';
import { listSegments } from '../src/flow/segment/segments.ts';
import { type Asked, everyonesPlaces } from '../src/flow/segment/verdicts.sql.ts';
import { type Business, settle, withBusiness } from './cast/business.ts';
import { type Written, writeByHand } from './cast/by-hand.ts';
import { type ColumnStore, copyToColumnStore } from './cast/column-store.ts';
import { AS_OF, EVENTS_EACH } from './cast/refresh.ts';

/** Of each way the best is compared: the machine has other things to do, and all three meet a warm cache. */
const ROUNDS = 3;

/** Who is in which segment, all from nothing: our shared pass, each segment by hand, and a column store. */
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
  const asked = await listAsked(database, workspace);
  const written = writeByHand(asked, { workspaceId: workspace.id, asOf: AS_OF });
  const store = await copyToColumnStore(database);
  try {
    report({
      people,
      first: first.ms,
      written,
      ...(await race(database, { workspace, asked, written, store })),
    });
  } finally {
    store.close();
  }
}

type Racing = { workspace: Workspace; asked: Asked[]; written: Written[]; store: ColumnStore };
type Way = { ms: number; counts: number[] };

/** By turns, so that a busy minute of the machine meets all three. */
async function race(
  database: Database,
  racing: Racing,
): Promise<Record<'ours' | 'byHand' | 'columnStore', Way>> {
  const ways = { ours: [] as Way[], byHand: [] as Way[], columnStore: [] as Way[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    ways.ours.push(await timed(async () => await countOurs(database, racing)));
    ways.byHand.push(await timed(async () => await countByHand(database, racing.written)));
    ways.columnStore.push(await timed(async () => await countInStore(racing)));
  }
  const best = (given: Way[]) => given.reduce((least, each) => (each.ms < least.ms ? each : least));
  return { ours: best(ways.ours), byHand: best(ways.byHand), columnStore: best(ways.columnStore) };
}

async function timed(work: () => Promise<number[]>): Promise<Way> {
  const startedAt = performance.now();
  const counts = await work();
  return { ms: performance.now() - startedAt, counts };
}

/** The query of a full refresh, which knows of everyone the places in the list of segments; counted by place. */
async function countOurs(database: Database, { workspace, asked }: Racing): Promise<number[]> {
  const knowledge = await loadKnowledge(database.db, workspace);
  const looking = { ...knowledge, workspaceId: workspace.id, asOf: AS_OF, profileIds: null };
  const places = await everyonesPlaces(database.db, looking, asked);
  const statement = sql`select g.place, count(*) as people
                          from (select unnest(w.places) as place from (${places}) w) g group by g.place`;
  const rows = await withoutLoops(
    database.db,
    async (whole) =>
      await withHelper(whole, async (db) => await rowsOf<{ place: number; people: string }>(db, statement)),
  );
  const counts = new Map(rows.map(({ place, people }) => [Number(place), Number(people)]));
  return asked.map((_, index) => counts.get(index + 1) ?? 0);
}

async function countByHand({ pool }: Database, written: Written[]): Promise<number[]> {
  const counts: number[] = [];
  for (const { statement } of written)
    counts.push(Number((await pool.query<{ people: string }>(statement)).rows[0]?.people));
  return counts;
}

async function countInStore({ store, written }: Racing): Promise<number[]> {
  const counts: number[] = [];
  for (const { statement } of written) counts.push(await store.count(statement));
  return counts;
}

async function listAsked(database: Database, workspace: Workspace): Promise<Asked[]> {
  const { known } = await loadKnowledge(database.db, workspace);
  return (await listSegments(database.db, workspace.id))
    .filter((one) => one.isEnabled)
    .map((one) => ({ key: one.key, definition: parseDefinition(one.definition, known) }));
}

type Outcome = Awaited<ReturnType<typeof race>> & { people: number; first: number; written: Written[] };

function report({ people, first, written, ours, byHand, columnStore }: Outcome): void {
  const differing = written.filter(
    (_, index) =>
      ours.counts[index] !== byHand.counts[index] || ours.counts[index] !== columnStore.counts[index],
  );
  const members = ours.counts.reduce((total, count) => total + count, 0);
  console.log(
    `${people} people, ${people * EVENTS_EACH} events, ${written.length} segments, ${members} memberships`,
  );
  console.log(`The first refresh, with facts, scores and publishing, took ${first} ms.`);
  console.table({
    'our shared pass': { ms: Math.round(ours.ms) },
    'by hand, one by one': { ms: Math.round(byHand.ms) },
    'DuckDB, one by one': { ms: Math.round(columnStore.ms) },
  });
  if (differing.length) console.table(differing.map(({ key }) => ({ key })));
  const ratio = (a: Way, b: Way) => Math.round((a.ms / b.ms) * 100) / 100;
  console.log(
    JSON.stringify({
      bench: 'rebuild',
      people,
      segments: written.length,
      vsHandWritten: ratio(ours, byHand),
      vsDuckdb: ratio(ours, columnStore),
      equal: differing.length === 0,
    }),
  );
  if (differing.length > 0) process.exitCode = 1;
}

await main();
