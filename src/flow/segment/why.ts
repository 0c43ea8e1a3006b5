import { NotFound } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import type { Choice } from './choices.sql.ts';
import { loadDecisions } from './choices.ts';
import { type AskedMoment, readMoment } from './moment.ts';
import { findDeadline, findNearest } from './nearest.ts';
import { loadPeople } from './people.sql.ts';
import type { Situation } from './remedies/change.ts';
import type { Miss } from './remedies/miss.ts';
import { type Explained, evaluate } from './rules/evaluate.ts';
import type { Titles } from './rules/kind.ts';
import { type Node, parseDefinition } from './rules/node.ts';
import type { Person } from './rules/person.ts';
import { getSegment } from './segments.ts';
import { findTurn } from './until.ts';
import { toTree, type WhyTree } from './why-tree.ts';

/** `by` is the id of a colleague. */
export type Decision = { choice: 'in' | 'out'; note: string | null; by: string | null; at: Date };
export type Why = {
  member: boolean;
  asOf: Date;
  /** Set where somebody decided by hand, which outweighs the rule. */
  byHand?: Decision;
  tree: WhyTree;
  /** Since when the stored membership is open; null for who is not in, or not yet published. */
  since: Date | null;
  /** When the passing of time alone turns it: ends it for who is in, brings it for who is not. */
  until?: Date;
  /** For who is not in: the fewest conditions that would have to turn. */
  nearest?: Miss[];
  /** For who is not in: true when the evaluator says that with all of `nearest` they are in. */
  sure?: boolean;
  /** For who is not in: until when what it takes is enough. */
  before?: Date;
};

/** Moments ahead that are tried for one answer, which may take its time. */
const PATIENCE = { moments: 1_000 };

/** Why a person is in a segment or not, as of now or of a moment, by the rule as it stands today. */
export async function explainMembership(
  db: Db,
  workspace: Workspace,
  asked: { key: string; profileId: string; asOf?: Date | undefined; titles?: Titles | undefined },
): Promise<Why> {
  const segment = await getSegment(db, workspace.id, asked.key);
  const moment = await readMoment(db, workspace, asked.asOf);
  const node = parseDefinition(segment.definition, moment.knowledge.known);
  const [person] = await loadPeople(db, moment, [asked.profileId]);
  if (!person) throw new NotFound('There is no such person.');
  const why = explain(situationOf(person, moment, asked.titles), node, { key: asked.key, moment });
  const choice = (await loadDecisions(db, workspace.id, asked.profileId)).get(asked.key);
  return choice ? decided(why, toDecision(choice)) : why;
}

/** Time and events move the rule, never a decision. */
function decided(why: Why, byHand: Decision): Why {
  const { asOf, tree, since } = why;
  const shared = { member: byHand.choice === 'in', asOf, byHand, tree, since };
  return shared.member ? shared : { ...shared, nearest: [], sure: false };
}

export function toDecision({ choice, note, createdBy, createdAt }: Choice): Decision {
  return { choice, note, by: createdBy, at: createdAt };
}

function explain(
  situation: Situation,
  node: Node,
  { key, moment }: { key: string; moment: AskedMoment },
): Why {
  const { person } = situation;
  const explained = evaluate(node, person, situation.setting);
  const turn = findTurn(node, person, situation.setting);
  return {
    member: explained.holds,
    asOf: moment.asOf,
    tree: toTree(explained, situation),
    since: sinceOf(person, key, moment.asOf),
    ...(turn ? { until: turn } : {}),
    ...(explained.holds ? {} : missing(explained, situation)),
  };
}

export function situationOf(
  person: Person,
  { asOf, workspace, knowledge }: AskedMoment,
  titles?: Titles,
): Situation {
  return { person, setting: { asOf, zone: workspace.timezone, known: knowledge.known }, titles };
}

function missing(explained: Explained, situation: Situation): Pick<Why, 'nearest' | 'sure' | 'before'> {
  const { misses, sure, changes } = findNearest(explained, situation, PATIENCE);
  const before = sure ? findDeadline(explained.node, situation, changes) : null;
  return { nearest: misses, sure, ...(before ? { before } : {}) };
}

function sinceOf(person: Person, key: string, asOf: Date): Date | null {
  const open = person.memberships.find(
    (each) =>
      each.segmentKey === key &&
      each.enteredAt <= asOf.getTime() &&
      (each.leftAt === null || each.leftAt > asOf.getTime()),
  );
  return open ? new Date(open.enteredAt) : null;
}
