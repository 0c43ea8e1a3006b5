import type { Db } from '../../db/pool.ts';
import { type Knowledge, loadKnowledge } from './known.ts';
import { layersOf } from './layers.ts';
import { countLiving, isGreatPart } from './living.sql.ts';
import { findDue, groupByPeople, type Stretch, type Watched } from './looking.ts';
import { stagedMemberships } from './staged.sql.ts';
import { stageDifferences } from './verdicts.sql.ts';

/** `isFull`: over everyone, because the rule is new or was edited. */
export type Evaluated = Watched & { isFull: boolean };

/** People a statement: what is sent and held at once stays small however many there are. */
const PEOPLE_AT_ONCE = 10_000;

/**
 * Stages the difference of every segment, layer by layer: over who changed (null is everyone), and of each segment
 * over whom time may move in it. Gives how many people were looked at.
 */
export async function evaluateLayers(
  db: Db,
  stretch: Stretch,
  segments: Evaluated[],
  given: string[] | null,
): Promise<number> {
  const { workspace } = stretch;
  const knowledge = await loadKnowledge(db, workspace);
  const changed = given && !(await isGreatPart(db, workspace.id, given.length)) ? given : null;
  const some = changed ? segments.filter((one) => !one.isFull) : [];
  const due = await findDue(db, stretch, some, knowledge);
  const seen = new Set(changed);
  const look = { changed: new Set(changed), due };
  const stage = async (people: string[] | null, asked: Evaluated[]) =>
    await stageOver(db, stretch, knowledge, people, asked);
  let hasSeenAll = false;
  for (const layer of layersOf(segments.map((one) => ({ ...one, definition: one.node }))).layers) {
    const part = layer.filter((one) => changed && !one.isFull);
    const { many, groups } = await groupByPeople(db, stretch, part, look);
    const whole = layer.filter((one) => !part.includes(one) || many.includes(one));
    hasSeenAll ||= whole.length > 0;
    await stage(null, whole);
    await stage(
      changed ?? [],
      part.filter((one) => !many.includes(one)),
    );
    for (const group of groups) {
      await stage(group.people, group.segments);
      for (const id of group.people) seen.add(id);
    }
  }
  return hasSeenAll ? await countLiving(db, workspace.id) : seen.size;
}

/** Each segment sees stored memberships with what was staged before: the layers it names are complete. */
async function stageOver(
  db: Db,
  stretch: Stretch,
  knowledge: Knowledge,
  people: string[] | null,
  segments: Evaluated[],
): Promise<void> {
  const { workspace, asOf, refreshId } = stretch;
  const base = { ...knowledge, workspaceId: workspace.id, asOf };
  const asked = segments.map(({ key, node }) => ({ key, definition: node }));
  for (const profileIds of inBatches(people)) {
    const staging = { workspaceId: workspace.id, refreshId, asOf, profileIds };
    const memberships = (key: string) => stagedMemberships(staging, key);
    await stageDifferences(db, { ...base, profileIds, memberships }, refreshId, asked);
  }
}

function inBatches(people: string[] | null): (string[] | null)[] {
  if (people === null) return [null];
  const starts = Array.from(
    { length: Math.ceil(people.length / PEOPLE_AT_ONCE) },
    (_, n) => n * PEOPLE_AT_ONCE,
  );
  return starts.map((from) => people.slice(from, from + PEOPLE_AT_ONCE));
}
