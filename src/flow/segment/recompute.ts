import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import { byIndex, byName, withoutLoops } from '../../db/planning.ts';
import type { Database, Db } from '../../db/pool.ts';
import { refreshFacts } from '../score/facts.sql.ts';
import { scoreAndPublish, scoreIfNeeded } from './automatic/scored.ts';
import { listChanged } from './changed.sql.ts';
import { type Evaluated, evaluateLayers } from './evaluate-layers.ts';
import { type Knowledge, loadKnowledge } from './known.ts';
import { isGreatPart } from './living.sql.ts';
import { isLeftToTheNight, type Parked, parkSegments } from './parking.ts';
import { checkPins } from './pins.sql.ts';
import {
  analyzeMemberships,
  closeMemberships,
  closeSwitchedOff,
  countStaged,
  isSameInstant,
  openMemberships,
  type Publishing,
  writeResults,
} from './publish.sql.ts';
import { parseDefinition } from './rules/node.ts';
import { listSegments, type Segment } from './segments.ts';
import { dropStaged } from './staged.sql.ts';
import type { Budget } from './staging.ts';

export type Recompute = {
  database: Database;
  workspace: Workspace;
  id: string;
  asOf: Date;
  before: Date | null;
  isFull: boolean;
  /** Scores first, as every night. */
  isScoring: boolean;
  budget: Budget;
};
type Parsed = Segment & Evaluated;
type Done = {
  evaluated: number;
  entered: number;
  left: number;
  segments: Counted[];
};
/** Kept with the refresh: what moved in a segment, how many people were looked at, and how long that took. */
type Counted = { key: string; mode: string; entered: number; left: number; people: number; ms: number } & {
  /** Why it was left out. */
  reason?: string;
};

/**
 * The work of one refresh within its transaction: facts of changed people, then every segment over changed and due
 * people (all people for new and edited ones), layer by layer, and the difference published.
 */
export async function recompute(db: Db, task: Recompute): Promise<Done> {
  const { workspace, asOf } = task;
  const isFirst = task.isFull || task.before === null;
  const changed = isFirst ? null : await findChanged(db, task);
  const rescored = await refreshScores(db, task, changed);
  await byIndex(db, async (tx) => await closeSwitchedOff(tx, workspace.id, asOf));
  const knowledge = await loadKnowledge(db, workspace);
  const { parsed, parked, names, versions } = await parseSegments(db, task, knowledge, isFirst);
  const { evaluated, costs } = await evaluateLayers(db, {
    database: task.database,
    stretch: { workspace, refreshId: task.id, before: task.before, asOf },
    knowledge,
    segments: parsed,
    changed: changed && [...new Set([...changed, ...rescored])],
    parked,
    names,
    budget: task.budget,
  });
  await parkSegments(db, workspace.id, { parked, versions });
  const costOf = (key: string) => {
    const { people, ms } = costs.get(key) ?? { people: 0, ms: 0 };
    return { people: people ?? evaluated, ms: Math.round(ms) };
  };
  const published = parsed.filter((one) => !parked.has(one.key));
  const done = await publishStaged(db, task, published);
  const left = [...parked].map(([key, { reason }]) => ({ key, mode: 'parked', entered: 0, left: 0, reason }));
  return {
    ...done,
    evaluated,
    segments: [...done.segments, ...left].map((one) => ({ ...one, ...costOf(one.key) })),
  };
}

/** Who changed; null where that is so many that everyone at once is cheaper. */
async function findChanged(db: Db, { workspace, id, before, asOf }: Recompute): Promise<string[] | null> {
  const changed = await listChanged(db, { workspaceId: workspace.id, refreshId: id, before, asOf });
  return (await isGreatPart(db, workspace.id, changed.length)) ? null : changed;
}

/** Facts of whoever changed, and scores where it is time for them. Gives whose scores moved. */
async function refreshScores(db: Db, task: Recompute, profileIds: string[] | null): Promise<string[]> {
  const { database, workspace, asOf } = task;
  const hasChanges = profileIds === null || profileIds.length > 0;
  const scope = { workspace, asOf, profileIds };
  const { won } = hasChanges ? await refreshFacts(db, scope, database) : { won: 0 };
  if (task.isScoring) return await scoreAndPublish(db, workspace, asOf);
  return hasChanges ? await scoreIfNeeded(db, workspace, asOf, profileIds ? won : null) : [];
}

/**
 * The rules to compute. A stored definition that no longer parses is parked with the reason, and one that came
 * to no result is left until the night; what was parked or switched off and is tried again has missed refreshes, so it is
 * computed in full.
 */
async function parseSegments(db: Db, task: Recompute, { known }: Knowledge, isFirst: boolean) {
  const all = await listSegments(db, task.workspace.id);
  const parsed: Parsed[] = [];
  const parked: Parked = new Map();
  for (const segment of all.filter((one) => one.isEnabled)) {
    const isParked = segment.status === 'parked';
    if (isParked && isLeftToTheNight(segment.parkedFor) && !isFirst && !task.isScoring) {
      parked.set(segment.key, { for: segment.parkedFor, reason: segment.statusReason ?? '' });
      continue;
    }
    try {
      const node = parseDefinition(segment.definition, known);
      const isFull =
        isFirst || isParked || segment.status === 'pending' || segment.computedVersion !== segment.version;
      parsed.push({ ...segment, node, isFull });
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      parked.set(segment.key, { for: 'rule', reason: error.message });
    }
  }
  const names = new Map(all.map(({ key, name }) => [key, name]));
  return { parsed, parked, names, versions: new Map(all.map(({ key, version }) => [key, version])) };
}

type Published = Pick<Done, 'entered' | 'left'> & { segments: Omit<Counted, 'people' | 'ms'>[] };

async function publishStaged(db: Db, task: Recompute, parsed: Parsed[]): Promise<Published> {
  const publishing = {
    workspaceId: task.workspace.id,
    refreshId: task.id,
    before: task.before,
    asOf: task.asOf,
  };
  const movements = new Map((await countStaged(db, publishing)).map((one) => [one.key, one]));
  await move(
    db,
    publishing,
    parsed.some((one) => one.isFull),
  );
  const results = parsed.map((one) => ({
    key: one.key,
    version: one.version,
    entered: movements.get(one.key)?.entered ?? 0,
    left: movements.get(one.key)?.left ?? 0,
  }));
  await writeResults(db, publishing, results);
  await dropStaged(db, publishing);
  await checkPins(db, publishing.workspaceId, publishing.asOf);
  return {
    entered: results.reduce((total, one) => total + one.entered, 0),
    left: results.reduce((total, one) => total + one.left, 0),
    segments: parsed.map((one, index) => ({
      key: one.key,
      mode: one.isFull ? 'full' : 'incremental',
      entered: results[index]!.entered,
      left: results[index]!.left,
    })),
  };
}

/** A few people by index; whole segments by whole tables, whose statistics are then out of date. */
async function move(db: Db, publishing: Publishing, isWhole: boolean): Promise<void> {
  if (!isWhole) {
    await byIndex(db, async (tx) => await closeMemberships(tx, publishing));
    // Whom a second refresh at one instant meets again is looked up person by person.
    const plan = isSameInstant(publishing) ? byIndex : byName;
    return await plan(db, async (tx) => await openMemberships(tx, publishing));
  }
  await withoutLoops(db, async (tx) => {
    await closeMemberships(tx, publishing);
    await openMemberships(tx, publishing);
  });
  await analyzeMemberships(db);
}
