import { now } from '../base/clock.ts';
import { Conflict, ConnectorError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { minus } from '../connectors/reading/decimals.ts';
import { withWorkspace } from '../db/doors.ts';
import { withLease } from '../db/leases.ts';
import type { Database } from '../db/pool.ts';
import { listDrifts, upsertReconciliations } from '../flow/collect/reconciliations.sql.ts';
import {
  askTotals,
  compareTotals,
  type Window,
  windowOf,
  windowOfDay,
  withKnownGaps,
} from '../flow/collect/reconciling.ts';
import {
  type Reading,
  readUnits,
  streamsFor,
  type Unit,
  type Wish,
} from '../flow/collect/reconciling-rows.ts';
import { listStreamRows } from '../flow/collect/source-overview.sql.ts';
import { getConnector, getSource, listSources, type Source } from '../flow/collect/sources.ts';
import { syncSource } from '../flow/collect/sync.ts';
import { countHeld, listHeld, nameSubjects } from '../reports/held.sql.ts';
import { carry } from './pipeline.ts';

const WAIT_MS = 10 * 60_000;
/** More than this nobody reads on a page. */
const MOST_ROWS = 20_000;

/** Compares every source that can be with its vendor. A vendor that does not answer keeps no other from it. */
export async function reconcileAll(database: Database, workspaceId: string): Promise<void> {
  for (const source of await listComparable(database, workspaceId)) {
    try {
      const { lines, drifts } = await reconcileSource(database, workspaceId, source.id);
      log.info({ source: source.id, lines, drifts }, 'A source was compared with its vendor');
    } catch (error) {
      const isKnown = error instanceof ConnectorError || error instanceof Conflict;
      if (isKnown) log.warn({ source: source.id, err: error.message }, 'A source could not be compared');
      else log.error({ source: source.id, err: error }, 'A source could not be compared');
    }
  }
}

/** Asks the vendor what it counts, and keeps it beside what we hold. Without a window: the last days. */
export async function reconcileSource(
  database: Database,
  workspaceId: string,
  sourceId: string,
  window?: Window,
): Promise<{ lines: number; drifts: number }> {
  const result = await withLease(
    database,
    { workspaceId, job: `reconcile:${sourceId}`, waitMs: 5_000 },
    async () => await compare(database, workspaceId, sourceId, window),
  );
  if (!result) throw new Conflict('This source is being compared with its vendor already.');
  return result;
}

async function compare(database: Database, workspaceId: string, sourceId: string, given?: Window) {
  const { source, workspace } = await openSource(database, workspaceId, sourceId);
  const window = given ?? windowOf(workspace);
  const owner = { workspaceId, sourceId };
  const theirs = await askTotals(database, workspace, source, window);
  const streams = await listSwitchedOff(database, owner);
  return await withWorkspace(database, workspaceId, async ({ db }) => {
    const held = await countHeld(db, owner, window);
    const asked = theirs.filter(({ stream }) => !streams.has(stream));
    const gaps = (await listDrifts(db, workspaceId)).filter((gap) => gap.sourceId === sourceId);
    const lines = compareTotals(withKnownGaps(asked, gaps, window), held, now());
    await upsertReconciliations(db, owner, lines, now());
    return { lines: lines.length, drifts: lines.filter(({ state }) => state === 'drift').length };
  });
}

/** One record the two sides do not agree on. */
export type Difference = {
  what: 'missing' | 'extra' | 'differs';
  externalId: string;
  /** In words, where we know why: it was set aside. */
  reason: string | null;
  theirs: string | null;
  ours: string | null;
  currency: string;
};

/** Reads a day at the vendor without storing it, and says which records make the gap. */
export async function compareRows(
  database: Database,
  given: { workspaceId: string; sourceId: string; wish: Wish },
): Promise<Omit<Reading, 'units'> & { held: number; differences: Difference[] }> {
  const { workspaceId, sourceId, wish } = given;
  const { source, workspace } = await openSource(database, workspaceId, sourceId);
  const { units, ...reading } = await readUnits(database, workspace, source, wish);
  const owner = { workspaceId, sourceId };
  const held = await listHeld(database.db, owner, {
    ...wish,
    window: windowOfDay(wish.day),
    most: MOST_ROWS,
  });
  const isWhole = reading.isWhole && held.length < MOST_ROWS;
  // Of a day that was read in part only, what was not seen is not known to be too much.
  const found = differ(units, held).filter(({ what }) => isWhole || what !== 'extra');
  const names = await nameSubjects(
    database.db,
    owner,
    found.flatMap(({ subject }) => subject ?? []),
  );
  const differences = found.map(({ subject, externalId, ...rest }) => ({
    ...rest,
    externalId: externalId ?? names.get(subject)?.externalId ?? '–',
    reason: rest.what === 'missing' ? (names.get(subject)?.reason ?? null) : null,
  }));
  return { ...reading, isWhole, held: held.length, differences };
}

/** Stores a day as the vendor has it now, lets it come to people, and compares it once more. */
export async function rereadDay(
  database: Database,
  given: { workspaceId: string; sourceId: string; wish: Wish },
): Promise<{ drifts: number }> {
  const { workspaceId, sourceId, wish } = given;
  const window = windowOfDay(wish.day);
  await syncSource(database, workspaceId, sourceId, {
    trigger: 'reconciliation',
    window,
    only: streamsFor(wish),
    waitMs: WAIT_MS,
  });
  await carry(database, workspaceId, { waitMs: WAIT_MS });
  // A state has no days of its own: those of every night are asked for with it.
  return await reconcileSource(database, workspaceId, sourceId, wish.day === '' ? undefined : window);
}

type Found = Omit<Difference, 'externalId' | 'reason'> & Pick<Unit, 'subject' | 'externalId'>;

function differ(theirs: Unit[], ours: Unit[]): Found[] {
  const held = new Map(ours.map((unit) => [unit.key, unit]));
  const told = new Map(theirs.map((unit) => [unit.key, unit]));
  const seen = theirs.flatMap((unit): Found[] => {
    const { subject, externalId, currency, value } = unit;
    const own = held.get(unit.key);
    if (!own) return [{ what: 'missing', subject, externalId, currency, theirs: value, ours: null }];
    if (Number(minus(value, own.value)) === 0) return [];
    return [{ what: 'differs', subject, externalId, currency, theirs: value, ours: own.value }];
  });
  const extra = ours
    .filter(({ key }) => !told.has(key))
    .map(({ value, ...unit }): Found => ({ ...unit, what: 'extra', theirs: null, ours: value }));
  return [...seen, ...extra];
}

async function openSource(database: Database, workspaceId: string, sourceId: string) {
  return await withWorkspace(database, workspaceId, async ({ db, workspace }) => ({
    workspace,
    source: await getSource(db, workspaceId, sourceId),
  }));
}

/** What was read to its end once, and whose vendor counts: before that everything would be missing. */
async function listComparable(database: Database, workspaceId: string): Promise<Source[]> {
  return await withWorkspace(database, workspaceId, async ({ db }) => {
    const streams = await listStreamRows(db, workspaceId);
    return (await listSources(db, workspaceId)).filter((source) => {
      const own = streams.filter((stream) => stream.sourceId === source.id && stream.isEnabled);
      const wasRead = own.length > 0 && own.every((stream) => stream.lastSuccessAt !== null);
      return source.status === 'active' && wasRead && getConnector(source.connector).totals !== undefined;
    });
  });
}

async function listSwitchedOff(database: Database, owner: { workspaceId: string; sourceId: string }) {
  const rows = await withWorkspace(database, owner.workspaceId, ({ db }) =>
    listStreamRows(db, owner.workspaceId),
  );
  return new Set(
    rows
      .filter(({ sourceId, isEnabled }) => sourceId === owner.sourceId && !isEnabled)
      .map(({ stream }) => stream),
  );
}
