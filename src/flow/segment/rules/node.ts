import type { z } from 'zod';
import { Invalid, type Issue } from '../../../base/errors.ts';
import { issueWords } from '../../../base/issue-words.ts';
import { bucket } from './bucket.ts';
import { consent } from './consent.ts';
import { event } from './event.ts';
import { fact } from './fact.ts';
import { identifier } from './identifier.ts';
import type { Kind, Known } from './kind.ts';
import { segment } from './segment.ts';
import { sequence } from './sequence.ts';
import { source } from './source.ts';
import { trait } from './trait.ts';

/** Every rule kind. A new one is a file, and a line here. */
export const KINDS = { trait, fact, event, sequence, segment, consent, identifier, source, bucket };
type KindKey = keyof typeof KINDS;
type LeafOf<K> = K extends Kind<infer Leaf> ? Leaf : never;
export type Leaf = { [K in KindKey]: LeafOf<(typeof KINDS)[K]> }[KindKey];

export type Node =
  | { all: Node[] }
  | { any: Node[] }
  | { none: Node[] }
  | { atLeast: number; of: Node[] }
  | Leaf;
export type Group = Exclude<Node, Leaf>;

const MAX_LEAVES = 200;
/** Each is read as a number, a text and a list: of more, one statement would have too many columns. */
const MAX_CONDITIONS = 500;
const MAX_DEPTH = 10;
const GROUPS = ['all', 'any', 'none', 'of'] as const;

/** A rule tree from JSON. Throws Invalid with a path to each thing wrong: an unknown key, operator or type. */
export function parseDefinition(given: unknown, known?: Known): Node {
  const issues: Issue[] = [];
  const tally = { leaves: 0, conditions: 0 };
  checkNode(given, [], { issues, tally, known });
  if (tally.leaves > MAX_LEAVES) issues.push({ path: '', message: `At most ${MAX_LEAVES} conditions.` });
  if (issues.length) throw new Invalid(issues);
  return given as Node;
}

/** Those whose stored rules can still be read, with them. */
export function withNodes<S extends { definition: unknown }>(
  stored: S[],
  known: Known,
): (S & { node: Node })[] {
  return stored.flatMap((one) => {
    try {
      return [{ ...one, node: parseDefinition(one.definition, known) }];
    } catch (error) {
      if (error instanceof Invalid) return [];
      throw error;
    }
  });
}

/** The kind of a leaf, and its leaf, typed as one. */
export function kindOf(leaf: Leaf): Kind<Leaf> {
  const key = keyOf(leaf);
  return KINDS[key!] as unknown as Kind<Leaf>;
}

/** The nodes under a group; null for a leaf. */
export function nodesOf(node: Node): Node[] | null {
  for (const key of GROUPS)
    if (Object.hasOwn(node, key)) return (node as unknown as Record<string, Node[]>)[key]!;
  return null;
}

/** The key its nodes stand under; `of` for `atLeast`. */
export function groupKeyOf(node: Node): string {
  return GROUPS.find((key) => Object.hasOwn(node, key)) ?? '';
}

/** Every leaf with its path (`all.1.any.0`). */
export function leavesOf(node: Node, path: string[] = []): { path: string; leaf: Leaf }[] {
  const nodes = nodesOf(node);
  if (!nodes) return [{ path: path.join('.'), leaf: node as Leaf }];
  const group = GROUPS.find((key) => Object.hasOwn(node, key))!;
  return nodes.flatMap((each, index) => leavesOf(each, [...path, group, String(index)]));
}

type Checking = { issues: Issue[]; tally: { leaves: number; conditions: number }; known: Known | undefined };

function checkNode(given: unknown, path: string[], checking: Checking): void {
  const issue = (message: string, at = path) => checking.issues.push({ path: at.join('.'), message });
  if (typeof given !== 'object' || given === null || Array.isArray(given)) issue('A rule is an object.');
  else if (checking.tally.leaves > MAX_LEAVES || checking.issues.length > 50) return;
  else if (depthOf(path) > MAX_DEPTH) issue(`Rules nest at most ${MAX_DEPTH} deep.`);
  else {
    const group = GROUPS.find((key) => Object.hasOwn(given, key));
    if (group) checkGroup(given as Record<string, unknown>, group, path, checking);
    else checkLeaf(given, path, checking);
  }
}

/** A path has two steps a level, the group and the place in it. */
function depthOf(path: string[]): number {
  return path.length / 2 + 1;
}

function checkGroup(
  given: Record<string, unknown>,
  group: (typeof GROUPS)[number],
  path: string[],
  checking: Checking,
): void {
  const issue = (key: string, message: string) =>
    checking.issues.push({ path: [...path, key].join('.'), message });
  const expected: string[] = group === 'of' ? ['of', 'atLeast'] : [group];
  for (const key of Object.keys(given))
    if (!expected.includes(key)) issue(key, `"${key}" is not known here.`);
  const nodes = given[group];
  if (!Array.isArray(nodes)) {
    issue(group, 'A list of rules.');
    return;
  }
  if (group === 'of') checkLeast(given.atLeast, nodes.length, issue);
  for (const [index, node] of nodes.entries()) checkNode(node, [...path, group, String(index)], checking);
}

function checkLeast(least: unknown, most: number, issue: (key: string, message: string) => unknown): void {
  if (typeof least !== 'number' || !Number.isInteger(least) || least < 1 || least > most)
    issue('atLeast', 'A whole number from 1 to the number of rules.');
}

function checkLeaf(given: object, path: string[], checking: Checking): void {
  checking.tally.leaves += 1;
  const key = keyOf(given);
  if (!key) {
    const unknown = Object.keys(given)[0];
    checking.issues.push({
      path: [...path, ...(unknown === undefined ? [] : [unknown])].join('.'),
      message: `A rule is one of all, any, none, atLeast, ${Object.keys(KINDS).join(', ')}.`,
    });
    return;
  }
  const kind = KINDS[key] as unknown as Kind<Leaf>;
  const parsed = kind.shape.safeParse(given, { error: issueWords });
  if (parsed.error) checking.issues.push(...parsed.error.issues.flatMap((each) => toIssues(each, path)));
  else countConditions(kind.conditions?.(parsed.data) ?? 1, path, checking);
  if (parsed.data && checking.known)
    for (const each of kind.check?.(parsed.data, checking.known) ?? [])
      checking.issues.push({ path: [...path, each.path].join('.'), message: each.message });
}

/** Said once, where it becomes too many. */
function countConditions(own: number, path: string[], { tally, issues }: Checking): void {
  const before = tally.conditions;
  tally.conditions += own;
  if (before <= MAX_CONDITIONS && tally.conditions > MAX_CONDITIONS)
    issues.push({
      path: path.join('.'),
      message: `With this there are more than ${MAX_CONDITIONS} conditions, those on properties counted.`,
    });
}

function toIssues(issue: z.core.$ZodIssue, path: string[]): Issue[] {
  const at = [...path, ...issue.path.map(String)];
  if (issue.code !== 'unrecognized_keys') return [{ path: at.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...at, key].join('.'), message: `"${key}" is not known here.` }));
}

/** `event` and `sequence` both may hold `within`; the kind's own key tells them apart. */
function keyOf(given: object): KindKey | undefined {
  return (Object.keys(KINDS) as KindKey[]).find((key) => Object.hasOwn(given, key));
}
