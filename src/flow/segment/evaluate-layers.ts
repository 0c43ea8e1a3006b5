import type { Database, Db } from '../../db/pool.ts';
import type { Knowledge } from './known.ts';
import { layersOf } from './layers.ts';
import { countLiving, isGreatPart } from './living.sql.ts';
import { findDue, type Group, groupByPeople, type Stretch, type Watched } from './looking.ts';
import { inCircle, type Parked, tooMuch, waitsFor } from './parking.ts';
import { type Budget, type Cost, stageEveryone, stageGroups } from './staging.ts';

/** `isFull`: over everyone, because the rule is new or was edited. */
export type Evaluated = Watched & { isFull: boolean };

export type Evaluation = {
  database: Database;
  stretch: Stretch;
  knowledge: Knowledge;
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
  const { database, stretch, knowledge, segments, parked, budget } = evaluation;
  const { workspace } = stretch;
  const changed = await fewOrNull(db, workspace.id, evaluation.changed);
  const some = changed ? segments.filter((one) => !one.isFull) : [];
  const look = { changed: new Set(changed), due: await findDue(db, stretch, some, knowledge) };
  const costs = new Map<string, Cost>();
  // A marketer waits for what was edited; everything anew leaves a processor to the pages.
  const pass = { database, stretch, knowledge, budget, costs, withHelp: changed !== null };
  const seen = { everyone: false, people: new Set(changed) };
  const stage = async (bound: Group<Evaluated>, others: Group<Evaluated>[]) => {
    for (const { people } of others) for (const id of people) seen.people.add(id);
    for (const [key, excess] of await stageGroups(db, pass, { bound: [bound], others }))
      parked.set(key, tooMuch(excess, budget.someMs));
  };
  const stageWhole = async (asked: Evaluated[]) => {
    if (asked.length === 0) return;
    seen.everyone = true;
    for (const [key, excess] of await stageEveryone(db, pass, asked))
      parked.set(key, tooMuch(excess, budget.everyoneMs));
  };
  for (const layer of ready(evaluation)) {
    const part = layer.filter((one) => changed && !one.isFull);
    const { many, groups } = await groupByPeople(db, stretch, part, look);
    await stageWhole(layer.filter((one) => !part.includes(one) || many.includes(one)));
    const rest = part.filter((one) => !many.includes(one));
    await stage({ people: changed ?? [], segments: rest }, groups);
  }
  const evaluated = seen.everyone ? await countLiving(db, workspace.id) : seen.people.size;
  return { evaluated, costs };
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
