import { Invalid, NotFound } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import type { Choice } from './choices.sql.ts';
import { loadDecisions } from './choices.ts';
import { type AskedMoment, readMoment } from './moment.ts';
import { findNearest } from './nearest.ts';
import { loadPeople } from './people.sql.ts';
import type { Situation } from './remedies/change.ts';
import type { Miss } from './remedies/miss.ts';
import { evaluate } from './rules/evaluate.ts';
import type { Titles } from './rules/kind.ts';
import { type Node, parseDefinition } from './rules/node.ts';
import { listSegments, type Segment } from './segments.ts';
import { findTurn } from './until.ts';
import { type Decision, situationOf, toDecision } from './why.ts';
import { toTree, type WhyTree } from './why-tree.ts';

export type Belonging = {
  key: string;
  name: string;
  kind: string;
  /** By the rule and what was decided by hand, as of now. */
  member: boolean;
  byHand: Decision | null;
  tree: WhyTree;
  until: Date | null;
  /** For who is not in. */
  nearest: Miss[];
  sure: boolean;
};

/** Moments ahead that are tried for each of many rules: a page waits for all of them. */
const PATIENCE = { moments: 40 };

/**
 * Of every segment, whether the person is in and why, or the nearest miss, the nearest first. One load of what is
 * known of the person, and the evaluation in memory; a segment whose rule cannot be read is left out.
 */
export async function explainPerson(
  db: Db,
  workspace: Workspace,
  profileId: string,
  titles?: Titles,
): Promise<{ asOf: Date; belongings: Belonging[] }> {
  const moment = await readMoment(db, workspace, undefined);
  const [person] = await loadPeople(db, moment, [profileId]);
  if (!person) throw new NotFound('There is no such person.');
  const situation = situationOf(person, moment, titles);
  const all = (await listSegments(db, workspace.id)).filter((one) => one.isEnabled);
  const decisions = await loadDecisions(db, workspace.id, profileId);
  const belongings = all.flatMap((segment) => {
    const choice = decisions.get(segment.key);
    return belong(segment, situation, { known: moment.knowledge.known, choice }) ?? [];
  });
  return { asOf: moment.asOf, belongings: belongings.sort(inOrder) };
}

type Given = { known: AskedMoment['knowledge']['known']; choice: Choice | undefined };

function belong(segment: Segment, situation: Situation, { known, choice }: Given): Belonging | null {
  const node = readable(segment, known);
  if (!node) return null;
  const { person, setting } = situation;
  const explained = evaluate(node, person, setting);
  const { key, name, kind } = segment;
  const tree = toTree(explained, situation);
  if (choice) {
    const byHand = toDecision(choice);
    const member = byHand.choice === 'in';
    return { key, name, kind, member, byHand, tree, until: null, nearest: [], sure: false };
  }
  const shared = { key, name, kind, member: explained.holds, byHand: null, tree };
  if (explained.holds)
    return {
      ...shared,
      until: findTurn(node, person, setting, PATIENCE.moments),
      nearest: [],
      sure: false,
    };
  const { misses, sure } = findNearest(explained, situation, PATIENCE);
  return { ...shared, until: null, nearest: misses, sure };
}

/** A parked segment may hold a rule that cannot be read; its own page says so. */
function readable(segment: Segment, known: AskedMoment['knowledge']['known']): Node | null {
  try {
    return parseDefinition(segment.definition, known);
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

function inOrder(a: Belonging, b: Belonging): number {
  return (
    Number(b.member) - Number(a.member) || Number(b.sure) - Number(a.sure) || distanceOf(a) - distanceOf(b)
  );
}

/** Who was left out by hand, and what nothing leads into, stand last. */
function distanceOf({ nearest, byHand }: Belonging): number {
  if (byHand || nearest.length === 0) return Number.MAX_SAFE_INTEGER;
  return nearest.length + nearest.filter((miss) => miss.takes === null).length * 100;
}
