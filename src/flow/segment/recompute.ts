import type { Workspace } from '../../db/doors.ts';
import { withoutLoops } from '../../db/planning.ts';
import type { Db } from '../../db/pool.ts';
import { refreshFacts } from '../score/facts.sql.ts';
import { scoreAndPublish, scoreIfNeeded } from './automatic/scored.ts';
import { listChanged } from './changed.sql.ts';
import { findDuePeople } from './due.sql.ts';
import { loadKnowledge } from './known.ts';
import { layersOf } from './layers.ts';
import { countLiving } from './living.sql.ts';
import { parkSegment } from './parking.ts';
import {
  analyzeMemberships,
  closeMemberships,
  closeSwitchedOff,
  countStaged,
  dropStaged,
  openMemberships,
  type Publishing,
  writeResults,
} from './publish.sql.ts';
import type { Looking } from './query.sql.ts';
import type { Edge } from './rules/kind.ts';
import { kindOf, leavesOf, type Node, parseDefinition } from './rules/node.ts';
import { listSegments, type Segment } from './segments.ts';
import { listStagedPeople, stagedMemberships } from './staged.sql.ts';
import { stageDifferences } from './verdicts.sql.ts';

export type Recompute = {
  workspace: Workspace;
  id: string;
  asOf: Date;
  before: Date | null;
  isFull: boolean;
  /** Scores first, as every night. */
  isScoring: boolean;
};
type Parsed = Segment & { node: Node; isFull: boolean };
type Done = {
  evaluated: number;
  entered: number;
  left: number;
  segments: { key: string; mode: string; entered: number; left: number }[];
};

/**
 * The work of one refresh within its transaction: facts of changed people, then every segment over changed and due
 * people (all people for new and edited ones), layer by layer, and the difference published.
 */
export async function recompute(db: Db, task: Recompute): Promise<Done> {
  const { workspace, asOf } = task;
  const isFirst = task.isFull || task.before === null;
  const changed = await listChanged(db, {
    workspaceId: workspace.id,
    refreshId: task.id,
    before: task.before,
    asOf,
  });
  const profileIds = isFirst || changed === 'everyone' ? null : changed;
  const rescored = await refreshScores(db, task, profileIds);
  await closeSwitchedOff(db, workspace.id, asOf);
  const parsed = await parseSegments(db, task, isFirst);
  const people = { known: profileIds, rescored };
  const evaluated = await evaluateLayers(db, task, parsed, people);
  return { ...(await publishStaged(db, task, parsed)), evaluated };
}

/** Facts of whoever changed, and scores where it is time for them. Gives whose scores moved. */
async function refreshScores(db: Db, task: Recompute, profileIds: string[] | null): Promise<string[]> {
  const { workspace, asOf } = task;
  const hasChanges = profileIds === null || profileIds.length > 0;
  if (hasChanges) await refreshFacts(db, { workspace, asOf, profileIds });
  if (task.isScoring) return await scoreAndPublish(db, workspace, asOf);
  return hasChanges ? await scoreIfNeeded(db, workspace, asOf) : [];
}

/** A stored definition that no longer parses is parked with the reason; its last result stays. */
async function parseSegments(db: Db, task: Recompute, isFirst: boolean): Promise<Parsed[]> {
  const { known } = await loadKnowledge(db, task.workspace);
  const parsed: Parsed[] = [];
  for (const segment of (await listSegments(db, task.workspace.id)).filter(
    (one) => one.isEnabled && one.kind !== 'static',
  )) {
    try {
      const node = parseDefinition(segment.definition, known);
      parsed.push({ ...segment, node, isFull: isFirst || segment.computedVersion !== segment.version });
    } catch (error) {
      await parkSegment(db, segment, error);
    }
  }
  return parsed;
}

async function evaluateLayers(
  db: Db,
  task: Recompute,
  parsed: Parsed[],
  people: { known: string[] | null; rescored: string[] },
): Promise<number> {
  const { workspace, asOf, id } = task;
  const knowledge = await loadKnowledge(db, workspace);
  const base = { ...knowledge, workspaceId: workspace.id, asOf };
  const some =
    people.known === null
      ? null
      : [...new Set([...people.known, ...people.rescored, ...(await dueOf(db, task, parsed, knowledge))])];
  let looked = some === null ? null : some;
  for (const layer of layersOf(parsed.map((one) => ({ ...one, definition: one.node }))).layers) {
    const memberships = (key: string) =>
      stagedMemberships({ workspaceId: workspace.id, refreshId: id, asOf, profileIds: null }, key);
    const everyone: Looking = { ...base, profileIds: null, memberships };
    const whole = layer.filter((one) => one.isFull || looked === null);
    const part = layer.filter((one) => !whole.includes(one));
    await stageDifferences(
      db,
      everyone,
      id,
      whole.map(({ key, node }) => ({ key, definition: node })),
    );
    if (looked && looked.length > 0)
      await stageDifferences(
        db,
        {
          ...base,
          profileIds: looked,
          memberships: (key) =>
            stagedMemberships({ workspaceId: workspace.id, refreshId: id, asOf, profileIds: looked }, key),
        },
        id,
        part.map(({ key, node }) => ({ key, definition: node })),
      );
    // Who came or went in a segment that a later layer names has to be looked at there.
    if (looked) looked = [...new Set([...looked, ...(await listStagedPeople(db, workspace.id, id))])];
  }
  return looked?.length ?? (await countLiving(db, workspace.id));
}

/** Everybody whom time alone may move between the last as-of and this one. */
async function dueOf(
  db: Db,
  task: Recompute,
  parsed: Parsed[],
  knowledge: Awaited<ReturnType<typeof loadKnowledge>>,
): Promise<string[]> {
  const { before, asOf, workspace } = task;
  if (!before || before.getTime() === asOf.getTime()) return [];
  const zone = workspace.timezone;
  const span = { before: { asOf: before, zone }, after: { asOf, zone }, known: knowledge.known };
  const edges = parsed
    .filter((one) => !one.isFull)
    .flatMap((one) => leavesOf(one.node).flatMap(({ leaf }) => kindOf(leaf).edges(leaf, span)));
  return await findDuePeople(db, { ...knowledge, workspaceId: workspace.id }, withoutRepeats(edges));
}

function withoutRepeats(edges: Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
}

async function publishStaged(db: Db, task: Recompute, parsed: Parsed[]): Promise<Omit<Done, 'evaluated'>> {
  const publishing = { workspaceId: task.workspace.id, refreshId: task.id, asOf: task.asOf };
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
  const apply = async (tx: Db) => {
    await closeMemberships(tx, publishing);
    await openMemberships(tx, publishing);
  };
  if (!isWhole) return await apply(db);
  await withoutLoops(db, apply);
  await analyzeMemberships(db);
}
