import type { Db } from '../../db/pool.ts';
import { loadKnowledge } from './known.ts';
import { layersOf } from './layers.ts';
import { countLiving, isGreatPart } from './living.sql.ts';
import { findDue, groupByPeople, type Stretch, type Watched } from './looking.ts';
import { inCircle, type Parked, tooSlow, waitsFor } from './parking.ts';
import { type Budget, budgetOf, type Cost, stageOver } from './staging.ts';

/** `isFull`: over everyone, because the rule is new or was edited. */
export type Evaluated = Watched & { isFull: boolean };

export type Evaluation = {
  stretch: Stretch;
  segments: Evaluated[];
  /** Who changed; null is everyone. */
  changed: string[] | null;
  /** What is parked already; what this pass has to park is added. */
  parked: Parked;
  /** Names of all segments by key, for the reasons. */
  names: Map<string, string>;
  budget: Budget;
};

/**
 * Stages the difference of every segment, layer by layer: over who changed, and of each segment over whom time may
 * move in it. Gives how many people were looked at, and what each segment cost.
 */
export async function evaluateLayers(
  db: Db,
  evaluation: Evaluation,
): Promise<{ evaluated: number; costs: Map<string, Cost> }> {
  const { stretch, segments, parked, budget } = evaluation;
  const { workspace } = stretch;
  const knowledge = await loadKnowledge(db, workspace);
  const changed = await fewOrNull(db, workspace.id, evaluation.changed);
  const some = changed ? segments.filter((one) => !one.isFull) : [];
  const look = { changed: new Set(changed), due: await findDue(db, stretch, some, knowledge) };
  const pass = { stretch, knowledge, budget, costs: new Map<string, Cost>() };
  const seen = { everyone: false, people: new Set(changed) };
  const stage = async (people: string[] | null, asked: Evaluated[]) => {
    if (asked.length === 0) return;
    if (people) for (const id of people) seen.people.add(id);
    else seen.everyone = true;
    const slow = await stageOver(db, pass, people, asked);
    for (const key of slow) parked.set(key, tooSlow(budgetOf(budget, people)));
  };
  for (const layer of ready(evaluation)) {
    const isOpen = (one: Evaluated) => !parked.has(one.key);
    const part = layer.filter((one) => changed && !one.isFull);
    const { many, groups } = await groupByPeople(db, stretch, part, look);
    const whole = layer.filter((one) => !part.includes(one) || many.includes(one));
    await stage(null, whole);
    const rest = part.filter((one) => !many.includes(one));
    await stage(changed ?? [], rest);
    for (const group of groups) await stage(group.people, group.segments.filter(isOpen));
  }
  const evaluated = seen.everyone ? await countLiving(db, workspace.id) : seen.people.size;
  return { evaluated, costs: pass.costs };
}

async function fewOrNull(db: Db, workspaceId: string, people: string[] | null): Promise<string[] | null> {
  return people && !(await isGreatPart(db, workspaceId, people.length)) ? people : null;
}

/** Layer by layer what can be computed; what names something parked is parked with it. */
function* ready({ segments, parked, names }: Evaluation): Generator<Evaluated[]> {
  const computed = new Set(segments.map((one) => one.key));
  const { layers } = layersOf(segments.map((one) => ({ ...one, definition: one.node })));
  const layered = new Set(layers.flat().map((one) => one.key));
  for (const { key } of segments) if (!layered.has(key)) parked.set(key, inCircle());
  for (const layer of layers) {
    for (const one of layer) {
      const park = waitsFor(one, parked, { all: names, computed });
      if (park) parked.set(one.key, park);
    }
    yield layer.filter((one) => !parked.has(one.key));
  }
}
