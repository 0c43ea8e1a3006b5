import { NotFound } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { type AskedMoment, readMoment } from './moment.ts';
import { findNearest, type Miss } from './nearest.ts';
import { loadPeople } from './people.sql.ts';
import { type Explained, evaluate } from './rules/evaluate.ts';
import type { Setting } from './rules/kind.ts';
import { kindOf, type Leaf, type Node, nodesOf, parseDefinition } from './rules/node.ts';
import type { Person } from './rules/person.ts';
import { printMillionths, type Value } from './rules/values.ts';
import { getSegment } from './segments.ts';
import { findTurn } from './until.ts';

/** The rule tree again, each node with whether it holds; each leaf in words and with what proves it. */
export type WhyTree = { [key: string]: unknown; holds: boolean };
export type Why = {
  member: boolean;
  asOf: Date;
  tree: WhyTree;
  /** Since when the stored membership is open; null for who is not in, or not yet published. */
  since: Date | null;
  /** When the passing of time alone ends it, as far as can be foreseen. */
  until?: Date;
  /** For who is not in: the fewest conditions that would have to turn. */
  nearest?: Miss[];
};

/** Why a person is in a segment or not, as of now or of a moment, by the rule as it stands today. */
export async function explainMembership(
  db: Db,
  workspace: Workspace,
  asked: { key: string; profileId: string; asOf?: Date | undefined },
): Promise<Why> {
  const segment = await getSegment(db, workspace.id, asked.key);
  const moment = await readMoment(db, workspace, asked.asOf);
  const node = parseDefinition(segment.definition, moment.knowledge.known);
  const [person] = await loadPeople(db, moment, [asked.profileId]);
  if (!person) throw new NotFound('There is no such person.');
  return explain(node, person, { key: asked.key, moment });
}

function explain(node: Node, person: Person, { key, moment }: { key: string; moment: AskedMoment }): Why {
  const setting: Setting = {
    asOf: moment.asOf,
    zone: moment.workspace.timezone,
    known: moment.knowledge.known,
  };
  const explained = evaluate(node, person, setting);
  const why = {
    member: explained.holds,
    asOf: moment.asOf,
    tree: toTree(explained),
    since: sinceOf(person, key, moment.asOf),
  };
  const until = explained.holds ? findTurn(node, person, setting) : null;
  if (!explained.holds) return { ...why, nearest: findNearest(explained) };
  return until ? { ...why, until } : why;
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

function toTree(explained: Explained): WhyTree {
  const { node, holds, evidence, nodes } = explained;
  if (!nodes) {
    const leaf = node as Leaf;
    const shown = evidence ? { evidence: printEvidence(evidence) } : {};
    return { ...leaf, holds, words: kindOf(leaf).words(leaf), ...shown };
  }
  const trees = nodes.map(toTree);
  const entries = Object.entries(node).map(([name, value]) => [
    name,
    value === nodesOf(node) ? trees : value,
  ]);
  return { ...Object.fromEntries(entries), holds };
}

function printEvidence(evidence: { [key: string]: Value | undefined }): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, printValue(value)]));
}

function printValue(value: Value | undefined): unknown {
  if (typeof value === 'bigint') return Number(printMillionths(value));
  if (Array.isArray(value)) return value.map(printValue);
  return typeof value === 'object' && value !== null ? printEvidence(value) : (value ?? null);
}
